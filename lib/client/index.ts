export * from './browser.js';
export { default } from './browser.js';
export * from './additions.js';
