import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { TestEngine, until } from './support.js';

afterEach(() => {
  jest.restoreAllMocks();
});

/** Each look at the clock finds it a millisecond later: what takes time here is to ask for it. */
function slowClock(): void {
  let now = 1_000_000;
  jest.spyOn(performance, 'now').mockImplementation(() => now++);
}

const numbers = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => String(from + index));
const payload = (texts: readonly string[]): string => texts.map((text) => `4${text}`).join('\x1e');

describe('a polling body of many packets', () => {
  it('is read in several turns of the event loop, in order', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    let inFirstTurn = 0;
    test.onMessage = (_socket, data) => {
      if (data === '0') setImmediate(() => (inFirstTurn = test.messages.length));
    };
    slowClock();
    expect(await test.post(sid, payload(numbers(1_000)))).toMatchObject({ status: 200 });
    await until(() => test.messages.length === 1_000);
    expect(inFirstTurn).toBeLessThan(200);
    expect(test.messages).toEqual(numbers(1_000));
  });

  it('comes before the next one, which is not answered until then', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    const beforeSecond = new Promise<number>((resolve) => {
      test.onMessage = (_socket, data) => {
        if (data === '1000') resolve(test.messages.length);
      };
    });
    slowClock();
    await test.post(sid, payload(numbers(1_000)));
    await test.post(sid, payload(numbers(10, 1_000)));
    expect(await beforeSecond).toBe(1_001);
    await until(() => test.messages.length === 1_010);
    expect(test.messages).toEqual(numbers(1_010));
    expect(test.engine.clientsCount).toBe(1);
  });

  it('comes before what follows through another transport', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    const probe = await test.probe(sid);
    probe.send('2probe');
    expect(await probe.next()).toBe('3probe');
    slowClock();
    await test.post(sid, payload(numbers(1_000)));
    probe.send('5');
    probe.send('41000');
    await until(() => test.messages.length === 1_001);
    expect(test.messages).toEqual(numbers(1_001));
  });

  it('is not read to its end when its session ends meanwhile', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    test.onMessage = (socket, data) => {
      if (data === '20') socket.close(true);
    };
    slowClock();
    await test.post(sid, payload(numbers(1_000)));
    await test.closing();
    await new Promise(setImmediate);
    expect(test.messages).toEqual(numbers(21));
  });

  it('ends the session at the first packet that cannot be read, in whichever turn that is', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    const closing = test.closing();
    slowClock();
    await test.post(sid, `${payload(numbers(500))}\x1ewhat`);
    expect(await closing).toEqual(['parse error', expect.objectContaining({ reason: 'unknownEngineType' })]);
    expect(test.messages).toEqual(numbers(500));
  });

  it('has no more packets than are allowed', async () => {
    await using test = await TestEngine.start({ maxPacketsPerPayload: 3 });
    const sid = await test.handshake();
    await test.post(sid, payload(numbers(3)));
    expect(test.messages).toEqual(numbers(3));
    const closing = test.closing();
    await test.post(sid, payload(numbers(4)));
    expect(await closing).toEqual(['parse error', expect.objectContaining({ reason: 'tooManyPackets' })]);
  });
});

/** A mask of zeros leaves the text as it is. */
const masked = (text: string): Buffer =>
  Buffer.from(`\x81${String.fromCharCode(0x80 + text.length)}\0\0\0\0${text}`, 'latin1');

describe('a WebSocket that is sent without end', () => {
  /** Messages of which each takes half a millisecond, all in one segment; how many are handed on in each turn. */
  async function flood(test: TestEngine, bytes: Buffer): Promise<{ readonly perTurn: number[]; readonly tcp: Socket }> {
    const tcp = test.tcp();
    tcp.write(test.upgradeRequest('?EIO=4&transport=websocket'));
    await once(tcp, 'data');
    await until(() => test.sockets.length === 1);
    const perTurn = [0];
    let isTurn = false;
    test.onMessage = () => {
      if (!isTurn) {
        perTurn.push(0);
        isTurn = true;
        setImmediate(() => (isTurn = false));
      }
      perTurn[perTurn.length - 1]!++;
      const end = performance.now() + 0.5;
      while (performance.now() < end);
    };
    tcp.write(bytes);
    return { perTurn, tcp };
  }

  it('is handed on a slice at a time, in order, so that others get their turn', async () => {
    await using test = await TestEngine.start();
    const numbers = Array.from({ length: 1_000 }, (_each, index) => String(index));
    const { perTurn, tcp } = await flood(test, Buffer.concat(numbers.map((number) => masked(`4${number}`))));
    await until(() => test.messages.length === numbers.length);
    expect(test.messages).toEqual(numbers);
    // The time is looked at every 32 messages, before a slice, in it and behind it: 5 ms are ten of these.
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(100);
    tcp.destroy();
  });

  it('is handed on before its end is told', async () => {
    await using test = await TestEngine.start();
    const closing = test.closing();
    const { tcp } = await flood(
      test,
      Buffer.concat([...Array<Buffer>(200).fill(masked('4a')), Buffer.from('88800000', 'hex')]),
    );
    tcp.end(Buffer.from('0000', 'hex'));
    expect((await closing)[0]).toBe('transport close');
    expect(test.messages).toHaveLength(200);
  });

  it('hands on nothing more once the server has closed it', async () => {
    await using test = await TestEngine.start();
    const closing = test.closing();
    const { tcp, perTurn } = await flood(test, Buffer.concat(Array<Buffer>(1_000).fill(masked('4a'))));
    await until(() => perTurn.length > 1);
    test.sockets[0]!.close();
    await closing;
    const { length } = test.messages;
    expect(length).toBeLessThan(1_000);
    await test.webSocket();
    expect(test.messages).toHaveLength(length);
    tcp.destroy();
  });
});
