import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Manager, type IoOptions } from '../../lib/client/node/index.js';
import { Server, type Namespace, type Socket as ServerSocket } from '../../lib/server/index.js';
import { HarmfulProxy } from '../support/harmful-proxy.js';
import { next, startServer, type ClientSocket, type RunningServer } from './pairs.js';

/** How many parts the messages have; harm is done at the end of each. */
const parts = 7;
/** How long pieces are held, in milliseconds, in turn: an odd number of pauses meets the requests differently each round. */
const pauses = [0, 12, 0, 3, 25, 1, 8];

let server: RunningServer;
let proxy: HarmfulProxy;
let url: string;
let manager: Manager;
/** How often a client came. */
let arrivals: number;

beforeEach(async () => {
  server = await startServer(Server, { pingInterval: 150, pingTimeout: 150, connectTimeout: 1_000 });
  proxy = new HarmfulProxy(Number(new URL(server.url).port));
  url = await proxy.listen();
  arrivals = 0;
  server.io.engine.on('connection', () => arrivals++);
});

afterEach(async () => {
  await proxy.close();
  await server.close();
});

/** What a receiver has, and how often something came again. */
class Received {
  readonly order: number[] = [];
  repeated = 0;
  readonly #seen = new Set<number>();
  readonly #onFirst: () => void;

  /** @param onFirst called for each message that was not there before. */
  constructor(onFirst: () => void) {
    this.#onFirst = onFirst;
  }

  take(id: number): void {
    if (this.#seen.has(id)) {
      this.repeated++;
      return;
    }
    this.#seen.add(id);
    this.order.push(id);
    this.#onFirst();
  }
}

/** Makes a counter that does harm at the end of each part. */
function harming(messages: number, harm: () => void): () => void {
  const period = Math.floor(messages / parts);
  let count = 0;
  return () => {
    if (++count % period === 0) setImmediate(harm);
  };
}

interface Round {
  readonly messages: number;
  /** How many namespaces share the connection; each has one message on its way. */
  readonly namespaces: number;
  readonly transports: string[];
  readonly ackTimeout?: number;
}

/** The sockets of one client, one for each namespace. */
function connect({ namespaces, transports, ackTimeout = 400 }: Round, options: IoOptions = {}): ClientSocket[] {
  for (let index = 0; index < namespaces; index++) server.io.of(`/${index}`);
  manager = new Manager(url, {
    transports,
    timeout: 1_000,
    reconnectionDelay: 5,
    reconnectionDelayMax: 10,
    autoConnect: false,
  });
  const sockets = Array.from({ length: namespaces }, (_, index) =>
    manager.socket(`/${index}`, { ackTimeout, ...options }),
  );
  for (const socket of sockets) socket.connect();
  return sockets as ClientSocket[];
}

const shareOf = ({ messages, namespaces }: Round): number => messages / namespaces;

/** Sends numbered messages to the server with `retries`; returns what each namespace got. */
async function sendUp(round: Round, harm: () => void): Promise<Received[]> {
  const count = harming(round.messages, harm);
  const sockets = connect(round, { retries: 1_000 });
  const received = sockets.map(({ nsp }) => {
    const here = new Received(count);
    server.io.of(nsp).on('connection', (peer) =>
      peer.on('message', (id: number, ack: () => void) => {
        here.take(id);
        ack();
      }),
    );
    return here;
  });
  await Promise.all(
    sockets.map(async (socket) => {
      const answers = Array.from({ length: shareOf(round) }, (_, id) => socket.emitWithAck('message', id));
      await Promise.all(answers);
      socket.disconnect();
    }),
  );
  return received;
}

/** The same from the server, which asks whoever is there until it is answered. */
async function sendDown(round: Round, harm: () => void): Promise<Received[]> {
  const count = harming(round.messages, harm);
  const sockets = connect(round);
  return Promise.all(
    sockets.map(async (socket) => {
      const here = new Received(count);
      socket.on('message', (id: number, ack: () => void) => {
        here.take(id);
        ack();
      });
      const namespace = server.io.of(socket.nsp);
      for (let id = 0; id < shareOf(round); id++) await tell(namespace, id, round.ackTimeout ?? 400);
      socket.disconnect();
      return here;
    }),
  );
}

async function tell(namespace: Namespace, id: number, timeout: number): Promise<void> {
  for (;;) {
    // The one that came last: another one may be dead, and nobody knows yet.
    const peer =
      [...namespace.sockets.values()].at(-1) ?? ((await next(namespace as never, 'connection'))[0] as ServerSocket);
    try {
      await peer.timeout(timeout).emitWithAck('message', id);
      return;
    } catch {
      // Once more.
    }
  }
}

/** Each namespace has everything once, in order; returns how much came again. */
function expectAll(received: readonly Received[], round: Round): number {
  const all = Array.from({ length: shareOf(round) }, (_, id) => id);
  for (const { order } of received) expect(order).toEqual(all);
  return received.reduce((sum, { repeated }) => sum + repeated, 0);
}

const ways = { 'to the server': sendUp, 'to the client': sendDown };
const rounds: readonly Round[] = [
  { messages: 10_000, namespaces: 10, transports: ['websocket'] },
  { messages: 10_000, namespaces: 50, transports: ['polling'] },
];
const harms = { cut: () => proxy.cut(), 'half open': () => proxy.forget() };

describe.each(Object.entries(ways))('%s', (_way, send) => {
  it.each(
    rounds.flatMap((round) =>
      Object.entries(harms).map(([name, harm]) => [name, round.transports, round, harm] as const),
    ),
  )(
    'loses nothing and keeps the order as connections are %s, over %j',
    async (_name, _transports, round, harm) => {
      expectAll(await send(round, harm), round);
      expect(arrivals).toBeGreaterThanOrEqual(parts);
    },
    60_000,
  );

  it.each([
    [['websocket'], 8],
    [['polling'], 60],
  ])(
    'loses nothing and keeps the order as a connection is slower than the answers are waited for, over %j',
    async (transports, rate) => {
      const round: Round = { messages: 2_000, namespaces: 20, transports, ackTimeout: 60 };
      const received = await send(round, () => {
        proxy.rate = rate / 10;
        setTimeout(() => (proxy.rate = Infinity), 250);
      });
      expect(expectAll(received, round)).toBeGreaterThan(0);
    },
    60_000,
  );

  it.each([
    ['posts are overtaken by polls', ['polling'], 'post'],
    ['polls are overtaken by posts', ['polling'], 'poll'],
    ['a probe is overtaken by polls and posts', ['polling', 'websocket'], 'websocket'],
    ['polls are overtaken by a probe', ['polling', 'websocket'], 'poll'],
  ] as const)(
    'loses nothing and keeps the order as %s',
    async (_name, transports, slow) => {
      let turn = 0;
      proxy.delayOf = (carried) => (carried === slow ? pauses[turn++ % pauses.length]! : 0);
      const round: Round = { messages: 2_000, namespaces: 50, transports: [...transports] };
      expectAll(await send(round, () => proxy.cut()), round);
      expect(proxy.overtakings).toBeGreaterThan(0);
    },
    60_000,
  );

  it.each([[['websocket']], [['polling']], [['polling', 'websocket']]])(
    'loses nothing and keeps the order as the last of a connection comes after the first of the next one, over %j',
    async (transports) => {
      const round: Round = { messages: 2_000, namespaces: 20, transports };
      expectAll(await send(round, () => proxy.delayTheLast(10, 100)), round);
      expect(proxy.latecomers).toBeGreaterThan(0);
    },
    60_000,
  );
});
