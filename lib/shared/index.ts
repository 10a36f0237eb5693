export type { AckArguments, AckArgumentsByStyle, AckEnvelope, AnswerStyleName, ErrorAnswer } from './ack-answer.js';
export { sessionMark, type MarkedConnection } from './session-mark.js';
export { askOnce, isYes } from './ask-once.js';
export { countdown, longestTimeout, within } from './countdown.js';
export { preferredCoding } from './content-coding.js';
export { definedOnly } from './defined-only.js';
export {
  formatOffset,
  markerOf,
  parseOffset,
  replayEvent,
  streamsEvent,
  type DeliveryMarker,
  type StreamOffset,
  type StreamPositions,
} from './delivery-marker.js';
export { RookeryError, errorCodes, type ErrorCode } from './errors.js';
export { createId, createSecretId } from './ids.js';
export { createLog, silentLog, type Log, type LogSink } from './log.js';
export { TimerNode, TimerWheel, type Clock, type WheelNode } from './timer-wheel.js';
export { positive } from './positive.js';
export { escaped, messageOf, printable, printableStack, shortId } from './printable.js';
export { resolveRate, TokenBucket, type Rate } from './token-bucket.js';
export { runInOrder } from './run-in-order.js';
export { assertSeparated, isSeparator, maxRoomValue, roomParts, separators, type RoomParts } from './room-parts.js';
export { RoomPattern } from './room-pattern.js';
export { AnyListeners, type AnyListener } from './any-listeners.js';
export type {
  AckResult,
  BroadcastParams,
  DefaultEventsMap,
  EventName,
  EventParams,
  EventsMap,
  EventsWithTimeout,
  ListenerFor,
  ParamsWithoutAck,
} from './typed-events.js';
