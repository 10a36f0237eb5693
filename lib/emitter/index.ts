export { createEmitter, type Emitter, type EmitterOptions } from './emitter.js';
