import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestServer, WebSocketWireClient } from '../../lib/testing/index.js';
import { AskedProcess } from '../support/asked-process.js';
import { values, ways } from '../support/failing.js';

const program = 'test/server/programs/failing-callbacks.ts';
/** Far more than any answer takes, on a busy machine too: what never comes fails the test. */
const timeout = 30_000;

/** Has the callback fail from now on. */
type Arm = () => Promise<void>;

let running: AskedProcess;
let bystander: WebSocketWireClient;

const connect = (): Promise<WebSocketWireClient> =>
  WebSocketWireClient.connect(`${running.url}/socket.io/?EIO=4&transport=websocket`, { timeout });

/** Sends a question that is answered behind all that was sent before, in the same namespace. */
async function answered(client: WebSocketWireClient, namespace = ''): Promise<void> {
  client.send(`42${namespace}9["alive"]`);
  while (!String(await client.next()).startsWith(`43${namespace}9[`));
}

/** What a program has been told, once it is that much; `count` is what is expected. */
async function told(count: number): Promise<readonly string[]> {
  const deadline = performance.now() + timeout;
  for (;;) {
    const reported = await running.ask<string[]>('reported');
    if (reported.length >= count || performance.now() > deadline) return reported;
  }
}

/** The client goes on in its namespace. */
const goesOn =
  (packet: string, namespace = '') =>
  async (arm: Arm): Promise<void> => {
    await using client = await connect();
    await client.join(namespace === '' ? '/' : namespace.slice(0, -1));
    await arm();
    client.send(packet);
    await answered(client, namespace);
  };

/** An answer over HTTP. */
const responds =
  (status: number, query = '') =>
  async (arm: Arm): Promise<void> => {
    await arm();
    const headers = { origin: 'http://elsewhere.example' };
    const response = await fetch(`${running.url}/socket.io/?EIO=4&transport=polling${query}`, { headers });
    expect(response.status).toBe(status);
  };

/** What a namespace answers CONNECT with. */
const joins =
  (name: string, answer: RegExp, auth = '') =>
  async (arm: Arm): Promise<void> => {
    await using client = await connect();
    await arm();
    const nsp = name === '/' ? '' : `${name},`;
    client.send(`40${nsp}${auth}`);
    expect(String(await client.next())).toMatch(answer);
  };

/** The client is gone, and its socket too. */
const leaves =
  (packet: string, namespace = '/') =>
  async (arm: Arm): Promise<void> => {
    await using client = await connect();
    await client.join(namespace);
    const before = await running.ask<number>('sockets');
    await arm();
    client.send(packet);
    const deadline = performance.now() + timeout;
    while ((await running.ask<number>('sockets')) !== before - 1) {
      if (performance.now() > deadline) throw new Error('The socket is still there');
    }
  };

const letIn = /^40/;
const refused = /^44.*Internal server error/;
const unknown = /^44.*Invalid namespace/;
const back = '{"pid":"p","offset":"o"}';

/** What provokes each callback, what its client gets, and the context that its error is reported with. */
const cases: Readonly<Record<string, [context: string, provoke: (arm: Arm) => Promise<void>]>> = {
  allowRequest: ['allowRequest', responds(403)],
  cors: ['cors', responds(400)],
  'cors.origin': ['cors', responds(400)],
  checkOrigin: ['checkOrigin', responds(403)],
  generateId: ['generateId', responds(400)],
  'engine.use': ['engine.use', responds(400)],
  'engine connection': ['connection', responds(200)],
  'engine initial_headers': ['initial_headers', responds(200)],
  'engine headers': ['headers', responds(200)],
  'engine connection_error': ['connection_error', responds(400, '&sid=unknown')],
  'engine flush': ['flush', goesOn('42["event"]')],
  'engine drain': ['drain', goesOn('42["event"]')],
  'conn packet': ['packet', goesOn('42["event"]')],
  'conn packetCreate': ['packetCreate', goesOn('42["emit"]')],
  'conn data': ['data', goesOn('42["event"]')],
  'conn message': ['message', goesOn('42["event"]')],
  'conn flush': ['flush', goesOn('42["emit"]')],
  'conn drain': ['drain', goesOn('42["emit"]')],
  'conn close': ['close', leaves('42["drop"]')],
  send: ['send', goesOn('42["send raw"]')],
  use: ['connection', joins('/', refused)],
  connect: ['connect', joins('/', letIn)],
  connection: ['connection', joins('/', letIn)],
  matcher: ['matcher', joins('/made-m', unknown)],
  new_namespace: ['new_namespace', joins('/made-n', letIn)],
  close: ['close', leaves('41/made-c,', '/made-c')],
  'adapter.close': ['adapter.close', leaves('41/made-a,', '/made-a')],
  'adapter.addAll': ['join', joins('/', letIn, back)],
  'adapter.addOne': ['join', joins('/', letIn)],
  'adapter.delAll': ['leave', leaves('41')],
  'adapter.del': ['leave', goesOn('42["leave"]')],
  'adapter.broadcast': ['emit', goesOn('42["emit"]')],
  'adapter.persistSession': ['persistSession', leaves('42["drop"]')],
  'adapter.restoreSession': ['restoreSession', joins('/', letIn, back)],
  owner: ['persistSession', leaves('42["drop"]')],
  dispatcher: ['event', goesOn('42/dispatched,["event"]', '/dispatched,')],
  onAny: ['event', goesOn('42["event"]')],
  prependAny: ['event', goesOn('42["event"]')],
  onAnyOutgoing: ['out', goesOn('42["emit"]')],
  prependAnyOutgoing: ['out', goesOn('42["emit"]')],
  'socket.use': ['event', goesOn('42["event"]')],
  event: ['event', goesOn('42["event"]')],
  error: ['error', goesOn('42["refused"]')],
  disconnecting: ['disconnecting', leaves('41')],
  disconnect: ['disconnect', leaves('41')],
};

describe('a callback of the application that fails', () => {
  beforeAll(async () => {
    running = await AskedProcess.start(program);
    bystander = await connect();
    await bystander.join();
  }, timeout);

  afterAll(async () => {
    await bystander.close();
    await running[Symbol.asyncDispose]();
  });

  it.each(Object.entries(cases))(
    'is reported, its client is told, and the others go on: %s',
    async (where, [context, provoke]) => {
      for (const way of ways) {
        for (const value of values) {
          // Of adapters, a text is how those of others say that they know no such session.
          const isAnswer = where === 'adapter.restoreSession' && value === 'text';
          if (isAnswer) continue;
          await provoke(() => running.ask('prepare', where, way, value));
          const found = { where, way, value, reported: await told(1) };
          expect(found).toEqual({ where, way, value, reported: expected(where, context, way) });
          await answered(bystander);
        }
      }
    },
    10 * timeout,
  );
});

/** `owner` answers at once: a promise is an answer that it cannot give, and then what that rejects with comes too. */
function expected(where: string, context: string, way: string): unknown {
  // Thrown at once, it is an error of the handler that emits; later, of the event that is emitted.
  if (where === 'adapter.broadcast' && way !== 'throws') return ['out'];
  if (where !== 'owner' || way === 'throws') return [context];
  return expect.arrayContaining([`${context}, of something else`]);
}

describe('who is told of errors', () => {
  it.each([
    ['throws', /^onError itself failed: the listener failed/],
    ['rejects', /^onError itself failed: the listener failed/],
    ['log', /^Unhandled error in "event": /],
  ])(
    'may fail too: %s',
    async (listener, line) => {
      await using failing = await AskedProcess.start(program, 'report', listener);
      running = failing;
      await goesOn('42["event"]')(() => failing.ask('prepare', 'event', 'throws', 'error'));
      const [reported] = await told(1);
      expect(reported!.replace(/, of something else$/, '')).toMatch(line);
    },
    timeout,
  );
});

describe('uncaught: "throw"', () => {
  it.each(ways)(
    'ends the process, once it was reported, with the error on its error stream: it %s',
    async (way) => {
      await using ending = await AskedProcess.start(program, 'throw', 'log');
      const client = await WebSocketWireClient.connect(`${ending.url}/socket.io/?EIO=4&transport=websocket`, {
        timeout,
      });
      await client.join();
      await ending.ask('prepare', 'event', way, 'error');
      client.send('42["event"]');
      expect(await ending.exited).toBe(1);
      expect(ending.errorOutput.split('Error: failed')).toHaveLength(2);
      await client.closed;
    },
    timeout,
  );

  it('is report or throw', async () => {
    await expect(startTestServer(undefined, { uncaught: 'exit' as never })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
  });
});
