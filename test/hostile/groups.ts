import { applicationCases, failingPartCases } from './cases/applications.js';
import { connectionCases } from './cases/connections.js';
import { httpCases } from './cases/http.js';
import { limitCases } from './cases/limits.js';
import { msgpackCases } from './cases/msgpack.js';
import { nestCases } from './cases/nest.js';
import { outputCases, volatileFirstCases } from './cases/output.js';
import { pollingCases } from './cases/polling.js';
import { recoveryCases } from './cases/recovery.js';
import { revision3Cases } from './cases/revision3.js';
import { socketIoCases } from './cases/socket-io.js';
import { upgradeCases } from './cases/upgrade.js';
import { webSocketCases } from './cases/websocket.js';
import { webTransportCases } from './cases/web-transport.js';
import type { HostileGroup } from './hostile-case.js';

/** Every case, by the server it is for. */
export const groups: readonly HostileGroup[] = [
  {
    name: 'a server',
    program: 'plain',
    // Whoever wants an echo of 100,000 levels.
    failures: [],
    cases: [...httpCases, ...pollingCases, ...webSocketCases, ...upgradeCases, ...socketIoCases, ...webTransportCases],
  },
  { name: 'a server that takes old clients', program: 'revision3', cases: revision3Cases, failures: [] },
  { name: 'a server whose clients may come back', program: 'recovery', cases: recoveryCases, failures: [] },
  { name: 'a server of clients that do not read', program: 'strict-output', cases: outputCases, failures: [] },
  {
    name: 'a server that drops volatile packets first',
    program: 'volatile-first',
    cases: volatileFirstCases,
    failures: [],
  },
  { name: 'a server that lets few in', program: 'capped', cases: connectionCases, failures: [] },
  { name: 'a server that limits what clients do', program: 'limits', cases: limitCases, failures: [] },
  {
    name: 'a server of another encoding',
    program: 'msgpack',
    parser: 'socket.io-msgpack-parser',
    cases: msgpackCases,
    failures: [],
  },
  { name: 'a Nest application', program: 'nest', cases: nestCases, failures: [] },
  {
    name: 'a server whose application fails',
    program: 'applications',
    cases: applicationCases,
    failures: [
      'alive',
      'answers with',
      'anything',
      'error',
      'through',
      'asks with',
      'broadcasts',
      'connection',
      'disconnect',
      'disconnecting',
      'disconnects and throws',
      'emits',
      'engine.use',
      'allowRequest',
      'matcher',
      'question',
      'rejects',
      'rejects later',
      'throws',
      'throws behind its answer',
    ],
  },
  {
    name: 'a server whose parts fail',
    program: 'failing-parts',
    cases: failingPartCases,
    failures: ['broadcast', 'join', 'leave'],
  },
];
