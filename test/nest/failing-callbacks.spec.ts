import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocketWireClient } from '../../lib/testing/index.js';
import { AskedProcess } from '../support/asked-process.js';
import { values, ways } from '../support/failing.js';

const program = 'test/nest/programs/failing-gateways.ts';
/** Far more than any answer takes, on a busy machine too: what never comes fails the test. */
const timeout = 30_000;

const connect = ({ url }: AskedProcess): Promise<WebSocketWireClient> =>
  WebSocketWireClient.connect(`${url}/socket.io/?EIO=4&transport=websocket`, { timeout });

/** The answer to an event. */
async function ask(client: WebSocketWireClient, event: string): Promise<string> {
  client.send(`427["${event}"]`);
  for (;;) {
    const packet = String(await client.next());
    if (packet.startsWith('437')) return packet;
  }
}

describe('what a gateway throws or rejects with', () => {
  let running: AskedProcess;
  let bystander: WebSocketWireClient;

  beforeAll(async () => {
    // Even where what is uncaught ends the process.
    running = await AskedProcess.start(program, 'throw');
    bystander = await connect(running);
    await bystander.join();
  }, timeout);

  afterAll(async () => {
    await bystander.close();
    await running[Symbol.asyncDispose]();
  });

  it.each(['handler', 'guard', 'pipe', 'interceptor', 'filter', 'observable'])(
    'is logged and answered with status 500, and others go on: %s',
    async (where) => {
      await using client = await connect(running);
      await client.join();
      for (const way of ways) {
        for (const value of values) {
          await running.ask('prepare', where, way, value);
          expect({ way, value, answer: await ask(client, where) }).toEqual({
            way,
            value,
            answer: expect.stringContaining('"status":500'),
          });
          expect(await running.ask<string[]>('reported')).toEqual([expect.stringContaining(`"${where}" failed`)]);
          expect(await ask(bystander, 'alive')).toContain('alive');
        }
      }
    },
    10 * timeout,
  );

  it(
    'refuses the client when it is a connection guard',
    async () => {
      for (const way of ways) {
        for (const value of values) {
          await using client = await connect(running);
          await running.ask('prepare', 'connection guard', way, value);
          client.send('40/guarded,');
          expect(await client.next()).toMatch(/^44\/guarded,.*"status":500/);
          expect(await running.ask<string[]>('reported')).toEqual([expect.stringContaining('"connection" failed')]);
        }
      }
    },
    10 * timeout,
  );
});

describe('uncaught: "throw" in Nest', () => {
  it(
    'ends the process for what a listener of a socket throws, once it was reported',
    async () => {
      await using ending = await AskedProcess.start(program, 'throw');
      const client = await connect(ending);
      await client.join();
      await ending.ask('prepare', 'raw', 'throws', 'error');
      client.send('42["raw"]');
      expect(await ending.exited).toBe(1);
      expect(ending.errorOutput.split('Error: failed')).toHaveLength(2);
      await client.closed;
    },
    timeout,
  );
});
