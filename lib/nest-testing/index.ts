export {
  SocketTestingModule,
  type SocketTestingConnectOptions,
  type SocketTestingMetadata,
} from './socket-testing.module.js';
export {
  ConnectError,
  TestClient,
  type ReceivedEvent,
  type TestClientOptions,
  type TestDisconnectReason,
} from '../testing/index.js';
