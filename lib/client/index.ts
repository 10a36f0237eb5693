export * from './browser.js';
export { default } from './browser.js';
export { AckError } from './ack-error.js';
export { request, requestIn, type Request, type RequestResult, type RequestSocket } from './request.js';
