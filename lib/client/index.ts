export * from './browser.js';
export { default } from './browser.js';
export { AckError } from './ack-error.js';
export {
  receiveReliably,
  type LostMessages,
  type OffsetStorage,
  type ReceptionOptions,
  type ReliableReception,
} from './receive-reliably.js';
export { request, requestIn, type Request, type RequestResult } from './request.js';
