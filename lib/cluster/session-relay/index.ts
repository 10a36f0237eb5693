export { SessionRelay, sessionRelay } from './session-relay.js';
export type { RelayListenOptions, SessionRelayOptions } from './options.js';
