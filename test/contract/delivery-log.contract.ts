import { afterEach, describe, expect, it } from '@jest/globals';
import type { DeliveryLog, DeliveryLogLimits, DeliveryOffset, DeliveryPage } from '../../lib/adapter/index.js';

/** Where logs keep their messages: empty, and nobody else's. */
export interface DeliveryStore {
  /** The log of a namespace, as a node has it that no other log of the same namespace is of. */
  open(namespace: string, limits: DeliveryLogLimits): Promise<DeliveryLog> | DeliveryLog;
  /** Ends what the store has begun; its logs are closed. */
  close(): Promise<void> | void;
}

const roomy: DeliveryLogLimits = { maxAge: 3_600_000, maxMessagesPerStream: 1_000, maxMessages: 100_000 };
const unknown: DeliveryOffset = { epoch: 0, number: 0 };

/** What every delivery log does; `nodes` of them share what is kept, and take turns. */
export function describeDeliveryLog(
  name: string,
  nodes: 1 | 2,
  create: () => Promise<DeliveryStore> | DeliveryStore,
): void {
  describe(`${name} as a delivery log of ${nodes === 1 ? 'one node' : 'two nodes'}`, () => {
    const closing: (() => Promise<void> | void)[] = [];

    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close();
    });

    async function createStore(): Promise<DeliveryStore> {
      const store = await create();
      closing.push(() => store.close());
      return store;
    }

    async function open(store: DeliveryStore, namespace: string, limits: Partial<DeliveryLogLimits> = {}) {
      const log = await store.open(namespace, { ...roomy, ...limits });
      closing.push(() => log.close());
      return log;
    }

    /** @returns the log that is written to, and the one that is read; the same where there is one node. */
    async function setUp(limits: Partial<DeliveryLogLimits> = {}): Promise<[DeliveryLog, DeliveryLog]> {
      const store = await createStore();
      const first = await open(store, '/chat', limits);
      return [first, nodes === 1 ? first : await open(store, '/chat', limits)];
    }

    async function fill(log: DeliveryLog, stream: string, count: number): Promise<DeliveryOffset[]> {
      const offsets: DeliveryOffset[] = [];
      for (let value = 1; value <= count; value++) offsets.push(await log.append(stream, ['news', value]));
      return offsets;
    }

    const valuesOf = ({ messages }: DeliveryPage): unknown[] => messages.map(({ data }) => data[1]);
    const numbersOf = ({ messages }: DeliveryPage): number[] => messages.map(({ number }) => number);

    it('has nothing of a stream that nobody has written to', async () => {
      const [, log] = await setUp();
      expect(await log.heads(['r'])).toEqual([unknown]);
      expect(await log.read('r', unknown, 10)).toEqual({ head: unknown, messages: [] });
      expect(await log.read('r', { epoch: 7, number: 3 }, 10)).toEqual({ head: unknown, messages: [] });
      expect(await log.heads([])).toEqual([]);
    });

    it('numbers the messages of a stream from 1, of one epoch that is a time', async () => {
      const [written, log] = await setUp();
      const offsets = await fill(written, 'r', 3);
      expect(offsets.map(({ number }) => number)).toEqual([1, 2, 3]);
      expect(new Set(offsets.map(({ epoch }) => epoch)).size).toBe(1);
      expect(Number.isSafeInteger(offsets[0]!.epoch) && offsets[0]!.epoch > 1_600_000_000_000).toBe(true);
      expect(await log.heads(['r'])).toEqual([offsets[2]]);
    });

    it('goes on with the numbers whoever writes', async () => {
      const [one, other] = await setUp();
      const offsets = [];
      for (let round = 0; round < 6; round++) {
        offsets.push(await (round % 2 === 0 ? one : other).append('r', ['news', round]));
      }
      expect(offsets.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(valuesOf(await one.read('r', unknown, 10))).toEqual([0, 1, 2, 3, 4, 5]);
    });

    it('gives a hundred messages that are written at once a number each', async () => {
      const [one, other] = await setUp();
      const writing = Array.from({ length: 100 }, (_, value) =>
        (value % 2 === 0 ? one : other).append('r', ['news', value]),
      );
      const offsets = await Promise.all(writing);
      expect(new Set(offsets.map(({ epoch }) => epoch)).size).toBe(1);
      const byNumber = offsets.map(({ number }, value) => [number, value] as const).sort(([a], [b]) => a - b);
      expect(byNumber.map(([number]) => number)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
      // Everybody reads them in the order of their numbers.
      expect(valuesOf(await other.read('r', unknown, 200))).toEqual(byNumber.map(([, value]) => value));
    });

    it('keeps the order in which one node writes without waiting', async () => {
      const [written, log] = await setUp();
      const writing = Array.from({ length: 50 }, (_, value) => written.append('r', ['news', value]));
      const numbers = (await Promise.all(writing)).map(({ number }) => number);
      expect(numbers).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
      expect(valuesOf(await log.read('r', unknown, 50))).toEqual(Array.from({ length: 50 }, (_, value) => value));
    });

    it('reads behind a message, in pages, and tells the head with each', async () => {
      const [written, log] = await setUp();
      const head = (await fill(written, 'r', 25)).at(-1)!;
      const pages: number[][] = [];
      let after: DeliveryOffset = { ...head, number: 3 };
      for (;;) {
        const page = await log.read('r', after, 10);
        expect(page.head).toEqual(head);
        if (page.messages.length === 0) break;
        pages.push(numbersOf(page));
        after = { ...head, number: page.messages.at(-1)!.number };
      }
      expect(pages.map((page) => [page[0], page.at(-1), page.length])).toEqual([
        [4, 13, 10],
        [14, 23, 10],
        [24, 25, 2],
      ]);
    });

    it('has nothing behind the head, nor behind what will come', async () => {
      const [written, log] = await setUp();
      const head = (await fill(written, 'r', 3)).at(-1)!;
      expect(await log.read('r', head, 10)).toEqual({ head, messages: [] });
      expect(await log.read('r', { ...head, number: 99 }, 10)).toEqual({ head, messages: [] });
    });

    it('reads from the first message for one of another epoch, earlier or later', async () => {
      const [written, log] = await setUp();
      const { epoch } = (await fill(written, 'r', 3)).at(-1)!;
      for (const other of [0, epoch - 1, epoch + 1]) {
        expect(numbersOf(await log.read('r', { epoch: other, number: 2 }, 10))).toEqual([1, 2, 3]);
      }
    });

    it('keeps no more of a stream than it may, and goes on with its numbers', async () => {
      const [written, log] = await setUp({ maxMessagesPerStream: 5 });
      const head = (await fill(written, 'r', 12)).at(-1)!;
      expect(head.number).toBe(12);
      expect(await log.heads(['r'])).toEqual([head]);
      expect(numbersOf(await log.read('r', unknown, 100))).toEqual([8, 9, 10, 11, 12]);
      expect(numbersOf(await log.read('r', { ...head, number: 2 }, 3))).toEqual([8, 9, 10]);
      expect(numbersOf(await log.read('r', { ...head, number: 9 }, 100))).toEqual([10, 11, 12]);
    });

    it('reads nothing that is too old, and puts what is written then behind it', async () => {
      const [written, log] = await setUp({ maxAge: 500 });
      const old = await written.append('r', ['news', 'old']);
      while ((await log.read('r', unknown, 10)).messages.length > 0) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const next = await written.append('r', ['news', 'next']);
      if (next.epoch === old.epoch) expect(next.number).toBe(2);
      else expect([next.epoch > old.epoch, next.number]).toEqual([true, 1]);
      // It may be too old by now, too.
      expect(['', 'next']).toContain(valuesOf(await log.read('r', unknown, 10)).join());
    });

    it('tells the heads of many streams at once, in the order asked for', async () => {
      const [written, log] = await setUp();
      const streams = Array.from({ length: 300 }, (_, index) => `r${index}`);
      const even = streams.filter((_, index) => index % 2 === 0);
      const offsets = await Promise.all(even.map((stream) => written.append(stream, ['news'])));
      const heads = await log.heads(streams.toReversed());
      expect(heads.toReversed()).toEqual(streams.map((_, index) => (index % 2 === 0 ? offsets[index / 2] : unknown)));
    });

    it('keeps every kind of argument as JSON has it', async () => {
      const [written, log] = await setUp();
      const args = [null, true, -1.5, 'text', 'ünï ☃ 🎉', '', [], {}, { a: [{ b: null }] }];
      await written.append('r', ['news', ...args]);
      await written.append('r', ['plain']);
      await written.append('r', [7, 'a number is a name too']);
      const { messages } = await log.read('r', unknown, 10);
      expect(messages.map(({ data }) => data)).toEqual([['news', ...args], ['plain'], [7, 'a number is a name too']]);
    });

    it('keeps bytes as bytes, wherever they stand', async () => {
      const [written, log] = await setUp();
      const bytes = Buffer.from([0, 1, 2, 127, 128, 254, 255]);
      await written.append('r', ['file', bytes, { nested: [Buffer.alloc(70_000, 7), 'and text'] }, Buffer.alloc(0)]);
      const [message] = (await log.read('r', unknown, 1)).messages;
      const [event, first, { nested }, last] = message!.data as [string, Uint8Array, { nested: unknown[] }, Uint8Array];
      expect(event).toBe('file');
      expect(first).toBeInstanceOf(Uint8Array);
      expect(Buffer.from(first).equals(bytes)).toBe(true);
      expect(Buffer.from(nested[0] as Uint8Array).equals(Buffer.alloc(70_000, 7))).toBe(true);
      expect(nested[1]).toBe('and text');
      expect(last).toHaveLength(0);
    });

    it('keeps what was written, whatever becomes of the objects', async () => {
      const [written, log] = await setUp();
      const value = { count: 1, bytes: Buffer.from('before') };
      await written.append('r', ['news', value]);
      value.count = 2;
      value.bytes.write('behind');
      const [message] = (await log.read('r', unknown, 1)).messages;
      const kept = message!.data[1] as { count: number; bytes: Uint8Array };
      expect([kept.count, Buffer.from(kept.bytes).toString()]).toEqual([1, 'before']);
    });

    it('keeps streams apart whose names are alike, or like those of stores', async () => {
      const [written, log] = await setUp();
      const names = [
        'r', 'R', 'r ', ' r', 'r\n', 'r:1', 'r/1', 'r*', 'r?', '{r}', '[r]', 'r.>', '>', '*', '', '#', '%', '_',
        'r#heads', "r'", 'r"', 'r\\', 'r\0', '__proto__', 'constructor', 'ünï', 'u\u0308nï', '☃', '🎉', 'x'.repeat(300),
      ]; // prettier-ignore
      for (const name of names) await written.append(name, ['news', name]);
      for (const name of names) expect(valuesOf(await log.read(name, unknown, 10))).toEqual([name]);
      expect((await log.heads(names)).map(({ number }) => number)).toEqual(names.map(() => 1));
    });

    it('keeps namespaces apart, also where the names of a namespace and of a stream run together', async () => {
      const store = await createStore();
      const places = [
        ['/', 'chat:r'],
        ['/chat', 'r'],
        ['/chat:r', ''],
        ['/chat', ':r'],
        ['/chat:', 'r'],
        ['/chat#', 'r'],
        ['/chat/r', 'r'],
        ['/Chat', 'r'],
      ] as const;
      const logs = new Map<string, DeliveryLog>();
      for (const [namespace] of places) {
        if (!logs.has(namespace)) logs.set(namespace, await open(store, namespace));
      }
      for (const place of places) await logs.get(place[0])!.append(place[1], ['news', place.join('|')]);
      for (const place of places) {
        expect(valuesOf(await logs.get(place[0])!.read(place[1], unknown, 10))).toEqual([place.join('|')]);
      }
    });

    if (nodes === 1) return;

    it('keeps what a node has written that is gone', async () => {
      const store = await createStore();
      const [gone, log] = [await open(store, '/chat'), await open(store, '/chat')];
      const offset = await gone.append('r', ['news', 1]);
      await gone.close();
      expect(await log.append('r', ['news', 2])).toEqual({ ...offset, number: 2 });
      expect(valuesOf(await log.read('r', unknown, 10))).toEqual([1, 2]);
    });
  });
}
