import { once } from 'node:events';
import { connect } from 'node:net';
import { io, type Socket } from 'socket.io-client';
import { WebSocket } from 'ws';
import type { Random } from '../fuzz/random.js';

/** One life of a client. @throws when the server owes it something. */
export type Life = (url: string, random: Random) => Promise<void>;

/** The longest that an answer may take, in milliseconds: far above what a machine with other work needs. */
const patience = 20_000;
const transportLists = [['polling'], ['websocket'], ['polling', 'websocket']];

function client(url: string, random: Random, reconnects = false): Socket {
  const transports = random.pick(transportLists);
  return io(url + random.pick(['/', '/side']), {
    forceNew: true,
    transports,
    reconnection: reconnects,
    reconnectionDelay: 1,
    reconnectionDelayMax: 20,
  });
}

/** Resolves with the arguments of an event. */
function next(socket: Socket, event: string): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no "${event}" in ${patience} ms`)), patience);
    socket.once(event, (...args: unknown[]) => {
      clearTimeout(timer);
      resolve(args);
    });
  });
}

async function leave(socket: Socket): Promise<void> {
  const { engine } = socket.io;
  const closed = engine.readyState === 'closed' ? undefined : new Promise((resolve) => engine.once('close', resolve));
  socket.disconnect();
  await closed;
}

/** Numbers go there and come back: each once, and in order. */
class Echoes {
  readonly #socket: Socket;
  readonly #seen: number[] = [];
  readonly #awaits = new Map<number, () => void>();
  #sent = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('echoed', (n: number) => {
      this.#seen.push(n);
      this.#awaits.get(this.#seen.length)?.();
    });
  }

  send(bytes: Uint8Array | null, ack?: (n: number) => void): void {
    const args: unknown[] = ack === undefined ? [] : [ack];
    this.#socket.emit('echo', this.#sent++, bytes, ...args);
  }

  /** Resolves once all are back. */
  async complete(): Promise<void> {
    if (this.#seen.length < this.#sent) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((resolve, reject) => {
        this.#awaits.set(this.#sent, resolve);
        timer = setTimeout(() => reject(new Error(`lost: ${this.#seen.length} of ${this.#sent} are back`)), patience);
      }).finally(() => clearTimeout(timer));
    }
    const wrong = this.#seen.findIndex((n, index) => n !== index);
    if (wrong !== -1) throw new Error(`${this.#seen[wrong]} came back in the place of ${wrong}`);
  }
}

/** Connects, upgrades or not, and sends text and bytes, with acks and without. */
const talk: Life = async (url, random) => {
  const socket = client(url, random);
  await next(socket, 'connect');
  const echoes = new Echoes(socket);
  const acks: Promise<void>[] = [];
  for (let n = random.below(40); n >= 0; n--) {
    const bytes = random.below(3) === 0 ? new Uint8Array(random.below(2_000)) : null;
    if (random.below(2) === 0) echoes.send(bytes);
    else acks.push(new Promise((resolve) => echoes.send(bytes, () => resolve())));
    if (random.below(4) === 0) await new Promise(setImmediate);
  }
  await echoes.complete();
  await Promise.all(acks);
  await leave(socket);
};

/** Joins and leaves rooms. */
const wander: Life = async (url, random) => {
  const socket = client(url, random);
  await next(socket, 'connect');
  for (let n = random.below(10); n >= 0; n--) {
    const joined = next(socket, 'joined');
    await new Promise<void>((resolve) => socket.emit('room', `room ${random.below(50)}`, resolve));
    await joined;
  }
  await leave(socket);
};

/** Is asked, and answers late, never, or leaves before. */
const ignore: Life = async (url, random) => {
  const socket = client(url, random);
  await next(socket, 'connect');
  const asked = next(socket, 'question');
  socket.emit('ask me');
  const [answer] = (await asked) as [() => void];
  if (random.below(3) === 0) answer();
  await leave(socket);
};

/** Loses its connection, and goes on as it was: nothing is lost. */
const stumble: Life = async (url, random) => {
  const socket = client(url, random, true);
  await next(socket, 'connect');
  const echoes = new Echoes(socket);
  for (let n = 5; n >= 0; n--) echoes.send(null);
  await echoes.complete();
  let kept = 0;
  socket.on('kept', () => kept++);
  await new Promise<void>((resolve) => socket.emit('keep', resolve));
  const back = next(socket, 'connect');
  socket.io.engine.close();
  await back;
  for (let n = 5; n >= 0; n--) echoes.send(null);
  await echoes.complete();
  // A client that came back too late is another one.
  if (socket.recovered && kept !== 1) throw new Error(`what was sent meanwhile came ${kept} times`);
  await leave(socket);
};

/** Is gone at any moment, without a word. */
const vanish: Life = async (url, random) => {
  const target = new URL(url);
  const tcp = connect(Number(target.port), target.hostname);
  tcp.on('error', () => {});
  const isUpgrade = random.below(2) === 0;
  const request = [
    `GET /socket.io/?EIO=4&transport=${isUpgrade ? 'websocket' : 'polling'} HTTP/1.1`,
    'Host: a',
    ...(isUpgrade
      ? [
          'Connection: Upgrade',
          'Upgrade: websocket',
          'Sec-WebSocket-Version: 13',
          'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        ]
      : []),
    '\r\n',
  ].join('\r\n');
  await once(tcp, 'connect');
  tcp.write(request.slice(0, random.below(request.length * 2)));
  await new Promise((resolve) => setTimeout(resolve, random.below(20)));
  tcp.resetAndDestroy();
};

/** Takes nothing of what it asks for, and is gone. */
const stall: Life = async (url, random) => {
  const webSocket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  webSocket.on('error', () => {});
  await once(webSocket, 'open');
  webSocket.send('40');
  webSocket.send(`42["flood",${random.below(400)}]`);
  await new Promise((resolve) => webSocket.once('message', resolve));
  webSocket.pause();
  await new Promise((resolve) => setTimeout(resolve, random.below(200)));
  webSocket.terminate();
};

/** What clients do, by its name. */
export const lives: Readonly<Record<string, Life>> = { talk, wander, ignore, stumble, vanish, stall };
