import { PollingClient } from '../client/polling-client.mjs';
import { forMany } from './clients.mjs';
import { answerEchoes } from './echo.mjs';

const clientCount = 50;

/**
 * Some clients with one question in flight each, asked by POST and answered by GET; every answer asks again.
 *
 * @param {string} question an event with the ack id 1.
 * @param {{ acceptEncoding?: string }} options of the clients.
 */
export function measurePolled(question, options = {}) {
  return async ({ port, server, warmup, duration }) => {
    const clients = await forMany(clientCount, () => PollingClient.open(port, options));
    let operations = 0;
    const polls = clients.map((client) => {
      // The answer may overtake the response of the POST, which has to come before the next.
      let posted = client.send(question);
      client.onMessage = async (answer) => {
        if (!answer.startsWith('431[')) throw new Error(`Not an answer: ${answer}`);
        operations++;
        await posted;
        posted = client.send(question);
      };
      return client.pollOn();
    });
    return Promise.race([
      server.measure({ warmup, duration, count: () => operations }),
      Promise.all(polls).then(() => Promise.reject(new Error('The clients stopped polling'))),
    ]);
  };
}

/** @type {readonly import('./index.mjs').Workload[]} */
export const pollingWorkloads = [
  {
    name: 'polling',
    title: `Echo with ack by polling, ${clientCount} clients, one in flight each`,
    operation: 'echo',
    servers: ['official', 'ours'],
    busy: 0.6,
    options: { allowUpgrades: false },
    application: answerEchoes,
    measure: measurePolled('421["echo","hello, this is an echo"]'),
  },
];
