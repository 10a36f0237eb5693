import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import 'reflect-metadata';
import { Manager, io, type DisconnectReason } from '../../lib/client/node/index.js';
import { Server, type Socket as ServerSocket } from '../../lib/server/index.js';
import { startServer, type RunningServer } from '../client/pairs.js';
import { startApp, type TestApp } from '../nest/support.js';
import { until } from '../support/waiting.js';
import {
  ask,
  connectPatiently,
  connectTwice,
  connectWithFreshToken,
  echoBytes,
  say,
  watch,
} from './examples/client.js';
import { TalkGateway } from './examples/typed-client.js';

const guide = readFileSync('docs/client.md', 'utf8');
const readme = readFileSync('README.md', 'utf8');

/** The rows of the table behind a head, as the text of their cells. */
function rowsOf(document: string, head: RegExp): string[][] {
  const lines = document.split('\n');
  const start = lines.findIndex((line) => head.test(line)) + 2;
  const end = lines.findIndex((line, index) => index >= start && !line.startsWith('|'));
  expect(start).toBeGreaterThan(1);
  return lines.slice(start, end).map((line) =>
    line
      .slice(2, -1)
      .split(' | ')
      .map((cell) => cell.trim()),
  );
}

const namesIn = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);

/** The options that an interface declares, with the default that its docstring names. */
function declared(file: string, name: string): [name: string, fallback: string | undefined][] {
  const source = readFileSync(file, 'utf8');
  const start = source.indexOf(`export interface ${name} `);
  expect(start).toBeGreaterThan(-1);
  const body = source.slice(source.indexOf('{\n', start), source.indexOf('\n}', start));
  return [...body.matchAll(/(?:\/\*\*((?:(?!\*\/).)*)\*\/\s+)?readonly (?:'([^']+)'|(\w+))\?:/gs)].map(
    ([, text, quoted, plain]) => [quoted ?? plain!, /@default (\S+)/.exec(text ?? '')?.[1]],
  );
}

describe('the options of docs/client.md', () => {
  const rows = rowsOf(guide, /^\| option /);
  const options = new Map([
    ...declared('lib/client/timers.ts', 'TimerOptions'),
    ...declared('lib/client/transport/transport-options.ts', 'TransportOptions'),
    ...declared('lib/client/options.ts', 'EngineOptions'),
    ...declared('lib/client/options.ts', 'ManagerOptions'),
    ...declared('lib/client/options.ts', 'SocketOptions'),
    ...declared('lib/client/options.ts', 'IoOptions'),
  ]);

  it('are all that there are', () => {
    expect(options.size).toBeGreaterThan(40);
    const listed = rows.flatMap(([names]) => namesIn(names!));
    // It stands in the row of the name that it has now.
    expect([...listed, 'force new connection'].sort()).toEqual([...options.keys()].sort());
  });

  it('have the defaults that the docstrings name', () => {
    const told = rows.flatMap(([names, fallback]) => namesIn(names!).map((name) => [name, namesIn(fallback!)[0]]));
    const meant = told.map(([name]) => [name, options.get(name!)]);
    expect(told).toEqual(meant);
  });

  it('have the defaults that a manager has', () => {
    const used = new Manager('http://localhost', { autoConnect: false }).opts as Record<string, unknown>;
    const known = rows.filter(([name]) => used[namesIn(name!)[0]!] !== undefined);
    const shown = (value: unknown): string =>
      typeof value === 'number' ? String(value).replaceAll(/(?<=\d)(?=(?:\d{3})+$)/g, '_') : JSON.stringify(value);
    const compared = known
      .map(([name, fallback]) => [namesIn(name!)[0]!, namesIn(fallback!)[0]])
      // Slashes at its end are those of `addTrailingSlash`; `autoConnect` is what this manager was given.
      .filter(([name]) => !['path', 'autoConnect', 'hostname', 'port', 'secure'].includes(name!));
    expect(compared.length).toBeGreaterThan(5);
    for (const [name, fallback] of compared) expect([name, fallback]).toEqual([name, shown(used[name!])]);
    expect(used['path']).toBe('/socket.io/');
  });
});

describe('the sizes of the client', () => {
  it('stand in the guide and in the README as they are measured', () => {
    const output = execFileSync(process.execPath, ['tools/size.mjs'], { encoding: 'utf8' });
    const [whole, small, published] = [...output.matchAll(/^(?:socket\.io[\w.-]*) +\d+ +(\d+)/gm)].map(
      ([, bytes]) => Number(bytes) / 1_000,
    );
    const measured = { 'rookery/client': whole!, 'rookery/client/websocket': small!, 'socket.io-client': published! };
    for (const document of [guide, readme]) {
      const told = rowsOf(document, /^\| build .*gzip/).map(([name, , size]) => [
        namesIn(name!)[0]!,
        parseFloat(size!),
      ]);
      expect(told.map(([name]) => name)).toEqual(Object.keys(measured));
      // A rounding, and changes that are not worth another figure.
      for (const [name, size] of told) {
        expect(Math.abs(measured[name as keyof typeof measured] - (size as number))).toBeLessThan(0.2);
      }
    }
  });
});

describe('the life of a connection, as docs/client.md has it', () => {
  let server: RunningServer;
  let socket: ReturnType<typeof io>;
  let peer: ServerSocket;
  const pauses = { reconnectionDelay: 10, reconnectionDelayMax: 50 };

  beforeEach(async () => {
    server = await startServer(Server);
    server.io.of('/closed').use((_, next) => next(new Error('no')));
    server.io.on('connection', (each) => (peer = each));
    socket = io(server.url, pauses);
    await heard('connect');
  });
  afterEach(async () => {
    socket.disconnect();
    await server.close();
  });

  const heard = (event: 'connect' | 'disconnect' | 'connect_error'): Promise<string> =>
    new Promise((resolve) => {
      socket.once(event, () => resolve(event));
    });

  /** What is done for each moment of the table; resolves with the event. */
  const moments: Record<string, () => Promise<string>> = {
    'let in': async () => {
      socket.disconnect();
      const event = heard('connect');
      socket.connect();
      return event;
    },
    'the connection is lost': () => {
      const event = heard('disconnect');
      peer.conn.close();
      return event;
    },
    'there is no server': async () => {
      await server.close();
      return heard('connect_error');
    },
    'the namespace refuses': () => {
      socket.disconnect();
      socket = io(`${server.url}/closed`, { ...pauses, forceNew: true });
      return heard('connect_error');
    },
    'the server disconnects you': () => {
      const event = heard('disconnect');
      peer.disconnect();
      return event;
    },
    'you disconnect': () => {
      const event = heard('disconnect');
      socket.disconnect();
      return event;
    },
  };

  const rows = rowsOf(guide, /^\| moment /);

  it.each(rows.map(([moment, ...cells]) => [moment!, cells.map((cell) => namesIn(cell)[0])] as const))(
    'has what is heard when %s',
    async (moment, cells) => {
      let state: boolean[] = [];
      const note = (): void => {
        state = [socket.connected, socket.active];
      };
      const wait = moments[moment]!();
      for (const event of ['connect', 'disconnect', 'connect_error'] as const) socket.on(event, note);
      const event = await wait;
      if (state.length === 0) note();
      expect([event, ...state.map(String)]).toEqual(cells);
    },
  );

  it('plays every moment', () => {
    expect(rows.map(([moment]) => moment)).toEqual(Object.keys(moments));
  });

  it('knows every reason of a disconnect, and which sockets come back', () => {
    const comesBack: Record<DisconnectReason, boolean> = {
      'transport close': true,
      'transport error': true,
      'ping timeout': true,
      'parse error': true,
      'forced close': true,
      'io server disconnect': false,
      'io client disconnect': false,
    };
    const told = rowsOf(guide, /^\| reason of /).map(([reason, , isBack]) => [namesIn(reason!)[0], isBack === 'yes']);
    expect(Object.fromEntries(told)).toEqual(comesBack);
  });

  it('is told by the listeners of the guide', async () => {
    const shown: string[] = [];
    watch(socket, (text) => shown.push(text));
    peer.conn.close();
    await until(() => shown.includes('connected'));
    expect(shown).toEqual(['lost: transport close', 'attempt 1', 'connected']);
    // The engine closes, and the socket comes back.
    socket.io.engine.close();
    await until(() => shown.filter((text) => text === 'connected').length === 2);
    expect(shown.slice(3)).toEqual(['lost: forced close', 'attempt 1', 'connected']);
    peer.disconnect();
    await until(() => shown.length === 7);
    expect(shown.at(-1)).toBe('ended: io server disconnect');
  });
});

describe('the examples of docs/client.md', () => {
  let server: RunningServer;
  let nest: TestApp;

  beforeAll(async () => {
    server = await startServer(Server);
    for (const name of ['/', '/chat', '/news']) {
      server.io.of(name).on('connection', (peer) => {
        peer.on('echo', (value: unknown, ack: (value: unknown) => void) => ack(value));
        peer.on('auth', (ack: (value: unknown) => void) => ack(peer.handshake.auth));
      });
    }
    nest = await startApp({ providers: [TalkGateway] });
  });
  afterAll(async () => {
    await nest.close();
    await server.close();
  });

  it('asks, and says when nobody answers', async () => {
    const socket = connectPatiently(server.url);
    expect(await ask(socket, 'hello')).toBe('hello');
    socket.disconnect();
    const other = io(server.url, { forceNew: true });
    expect(await ask(other, 'hello')).toBe('hello');
    jest.spyOn(other, 'timeout').mockImplementation(() => other as never);
    const lost = ask(other, 'lost');
    other.disconnect();
    expect(await lost).toBe('nobody knows: socket has been disconnected');
  });

  it('asks for a token at each connection', async () => {
    let count = 0;
    const socket = connectWithFreshToken(server.url, async () => `token ${++count}`);
    expect(await socket.emitWithAck('auth')).toEqual({ token: 'token 1' });
    socket.disconnect().connect();
    expect(await socket.emitWithAck('auth')).toEqual({ token: 'token 2' });
    socket.disconnect();
  });

  it('has one connection for two namespaces', async () => {
    const sockets = connectTwice(server.url);
    const answers = sockets.map((socket) => socket.emitWithAck('echo', socket.nsp));
    expect(await Promise.all(answers)).toEqual(['/chat', '/news']);
    expect(server.io.engine.clientsCount).toBe(1);
    for (const socket of sockets) socket.disconnect();
  });

  it('carries bytes', async () => {
    const socket = io(server.url, { forceNew: true });
    expect(await echoBytes(socket)).toBe(3);
    socket.disconnect();
  });

  it('resolves with what a gateway returns', async () => {
    const talk: Parameters<typeof say>[0] = io(`${nest.url}/talk`);
    expect(await say(talk, 'hello')).toEqual({ id: 0, text: 'hello' });
    talk.disconnect();
  });
});
