import { describe, expect, it } from '@jest/globals';
import { decodePayload } from '../../lib/protocol/index.js';
import type { Server } from '../../lib/server/index.js';
import { startTestServer, WebSocketWireClient, type TestServer } from '../../lib/testing/index.js';
import { Clients } from '../support/clients.js';
import { fetchText } from '../server/support.js';

/** Messages of one session in one direction; all of them make 100,000. */
const count = 1_000;
const sessions = 25;
/** At once; more would only wait for each other. */
const together = 5;
// 100,000 messages take a few seconds; a busy machine may need ten times as long.
const patience = 120_000;

const numbers = Array.from({ length: count }, (_, n) => n);

/** Sends its numbers to each client, and keeps what each sends: both begin before the upgrade, and end behind it. */
function serve(io: Server, received: Map<string, number[]>): void {
  io.on('connection', (socket) => {
    const own: number[] = [];
    received.set(socket.id, own);
    let sent = 0;
    const send = (): void => {
      // The second half waits for the upgrade, so that some is always under way when it comes.
      const isHeld = sent >= count / 2 && !socket.conn.upgraded && !socket.conn.upgrading;
      for (let n = 0; n < 10 && !isHeld && sent < count; n++) socket.emit('down', sent++);
      if (sent < count && socket.connected) setImmediate(send);
    };
    send();
    socket.on('up', (n: number) => own.push(n));
  });
}

interface Outcome {
  readonly id: string;
  readonly down: readonly number[];
}

async function publishedSession(clients: Clients): Promise<Outcome> {
  const socket = clients.create('/', { transports: ['polling', 'websocket'] });
  const down: number[] = [];
  const id = await new Promise<string>((resolve) => {
    socket.on('down', (n: number) => {
      down.push(n);
      socket.emit('up', n);
      if (down.length === count) resolve(socket.id!);
    });
  });
  expect(socket.io.engine.transport.name).toBe('websocket');
  return { id, down };
}

/** By hand, as the protocol has it: the probe, the last poll, then the packet that upgrades. */
async function rawSession(server: TestServer): Promise<Outcome> {
  const endpoint = server.endpoint('polling');
  const { sid } = JSON.parse((await fetchText(endpoint)).slice(1)) as { sid: string };
  const url = `${endpoint}&sid=${sid}`;
  const down: number[] = [];
  let id = '';
  let answers: string[] = [];
  const take = (packet: string): void => {
    if (packet.startsWith('40')) id = (JSON.parse(packet.slice(2)) as { sid: string }).sid;
    if (!packet.startsWith('42')) return;
    const [, n] = JSON.parse(packet.slice(2)) as [string, number];
    down.push(n);
    answers.push(`42["up",${n}]`);
  };
  const poll = async (): Promise<void> => {
    for (const { type, data } of decodePayload(await fetchText(url))) if (type === 'message') take(`4${String(data)}`);
  };
  const post = async (): Promise<void> => {
    const body = answers.join('\x1e');
    answers = [];
    if (body !== '') await fetchText(url, 'POST', body);
  };
  await fetchText(url, 'POST', '40');
  await poll();
  const webSocket = await WebSocketWireClient.open(`${server.endpoint('websocket')}&sid=${sid}`);
  webSocket.send('2probe');
  const probed = webSocket.next();
  let isProbed = false;
  void probed.then(() => (isProbed = true));
  // Both ways go on while it probes; the poll that is open when it is answered is the last.
  while (!isProbed) await Promise.all([poll(), post()]);
  expect(await probed).toBe('3probe');
  await post();
  webSocket.send('5');
  const done = new Promise<void>((resolve) => {
    webSocket.listen((packet) => {
      take(String(packet));
      for (const answer of answers.splice(0)) webSocket.send(answer);
      if (down.length === count) resolve();
    });
  });
  await done;
  return { id, down };
}

describe('100,000 messages across upgrades', () => {
  it.each(['the published client', 'a client by hand'])(
    'arrive once and in order, both ways, with %s',
    async (who) => {
      const received = new Map<string, number[]>();
      await using server = await startTestServer((io) => serve(io, received));
      const clients = new Clients(() => server.url);
      const session = (): Promise<Outcome> =>
        who === 'a client by hand' ? rawSession(server) : publishedSession(clients);
      for (let index = 0; index < sessions; index += together) {
        const outcomes = await Promise.all(Array.from({ length: together }, session));
        for (const { id, down } of outcomes) {
          expect(down).toEqual(numbers);
          const up = received.get(id)!;
          while (up.length < count) await new Promise(setImmediate);
          expect(up).toEqual(numbers);
        }
      }
      expect(received.size).toBe(sessions);
      clients.close();
    },
    patience,
  );
});
