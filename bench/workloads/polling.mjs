import { PollingClient } from '../client/polling-client.mjs';
import { forMany } from './clients.mjs';
import { answerEchoes } from './echo.mjs';

const clientCount = 50;

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
    async measure({ port, server, warmup, duration }) {
      const clients = await forMany(clientCount, () => PollingClient.open(port));
      let operations = 0;
      const polls = clients.map((client) => {
        const message = '421["echo","hello, this is an echo"]';
        // The answer may overtake the response of the POST, which has to come before the next.
        let posted = client.send(message);
        client.onMessage = async (answer) => {
          if (!answer.startsWith('431[')) throw new Error(`Not an answer: ${answer}`);
          operations++;
          await posted;
          posted = client.send(message);
        };
        return client.pollOn();
      });
      return Promise.race([
        server.measure({ warmup, duration, count: () => operations }),
        Promise.all(polls).then(() => Promise.reject(new Error('The clients stopped polling'))),
      ]);
    },
  },
];
