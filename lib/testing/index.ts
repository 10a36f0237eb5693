export type { RequestDescription } from '../engine/index.js';
export type { ReceivedEvent } from './event-log.js';
export { MemoryWireClient, type MemoryWireOptions } from './memory-transport.js';
export { PollingWireClient } from './polling-wire-client.js';
export { startTestServer, type TestConnectOptions, type TestServer } from './start-test-server.js';
export { ConnectError, TestClient, type TestClientOptions, type TestDisconnectReason } from './test-client.js';
export { WebSocketWireClient } from './websocket-wire-client.js';
export { WireClient, type WireHandshake, type WireOptions } from './wire-client.js';
