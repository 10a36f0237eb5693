/** What stands beside the published client's names: functions on a socket, which a bundle that does not call them leaves out. */
export { AckError } from './ack-error.js';
export {
  receiveReliably,
  type LostMessages,
  type OffsetStorage,
  type ReceptionOptions,
  type ReliableReception,
} from './receive-reliably.js';
export { request, requestIn, type Request, type RequestResult, type RequestSocket } from './request.js';
