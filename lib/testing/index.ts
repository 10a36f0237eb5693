export { MemoryWireClient } from './memory-transport.js';
export { PollingWireClient } from './polling-wire-client.js';
export { startTestServer, type TestConnectOptions, type TestServer } from './start-test-server.js';
export { WebSocketWireClient } from './websocket-wire-client.js';
export { WireClient, type WireHandshake, type WireOptions } from './wire-client.js';
