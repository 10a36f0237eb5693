import { maskedFrame } from '../client/masked-frame.mjs';
import { PollingClient } from '../client/polling-client.mjs';
import { WebSocketClient } from '../client/web-socket-client.mjs';

/** Clients that connect at the same time. */
const together = 20;
const echo = maskedFrame('421["echo"]');

/** Clients come and go until the measurement is over. */
function comeAndGo(once) {
  return async ({ port, server, warmup, duration }) => {
    let operations = 0;
    let isOver = false;
    const lanes = Array.from({ length: together }, async () => {
      while (!isOver) {
        await once(port);
        operations++;
      }
    });
    // A lane that fails ends the measurement.
    const measured = server.measure({ warmup, duration, count: () => operations });
    const failed = Promise.all(lanes).then(() => measured);
    const result = await Promise.race([measured, failed]);
    isOver = true;
    await failed;
    return result;
  };
}

async function throughWebSocket(port) {
  const client = await WebSocketClient.open(port);
  await client.close();
}

async function throughUpgrade(port) {
  const polling = await PollingClient.open(port);
  const client = await polling.upgrade();
  // Only an answer on the WebSocket shows that the upgrade is done.
  await new Promise((resolve, reject) => {
    client.onEnd = (error) => reject(error ?? new Error('The server ended an upgraded session'));
    client.onMessage = resolve;
    client.write(echo);
  });
  await client.close();
}

/** @type {readonly import('./index.mjs').Workload[]} */
export const connectWorkloads = [
  {
    name: 'connect',
    title: 'Connect and leave, WebSocket only',
    operation: 'connection',
    servers: ['official', 'ours', 'raw-ws', 'raw-tcp'],
    busy: 0.6,
    application: () => {},
    byHand: () => ({ onEvent: () => {} }),
    measure: comeAndGo(throughWebSocket),
  },
  {
    name: 'connect-upgrade',
    title: 'Connect by polling, upgrade to WebSocket, leave',
    operation: 'connection',
    servers: ['official', 'ours'],
    busy: 0,
    application: (io) => {
      io.on('connection', (socket) => socket.on('echo', (ack) => ack()));
    },
    measure: comeAndGo(throughUpgrade),
  },
];
