import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import type { SocketIoModuleOptions } from '../../lib/index.js';
import { next } from '../support/clients.js';
import { startApp, type TestApp } from '../nest/support.js';
import {
  BookingsGateway,
  casesGateways,
  ConcertsGateway,
  SeatsGateway,
  takeSeat,
  ZodGateway,
} from './examples/errors.js';

const guide = readFileSync('docs/errors-and-acks.md', 'utf8');

/** The rows of the table below a heading: texts, and what stands between backticks as it is. */
function rows(heading: string): string[][] {
  const section = guide.slice(guide.indexOf(`\n## ${heading}\n`) + 4).split(/^## /m)[0]!;
  const [, ...lines] = section.split('\n').filter((line) => line.startsWith('| '));
  return lines
    .filter((line) => !line.startsWith('| --'))
    .map((line) =>
      line
        .split(' | ')
        .map((cell) => cell.replaceAll(/^\| | \|$/g, '').trim())
        .map((cell) => cell.replaceAll(/^`|`$/g, '')),
    );
}

/** The name of a row, as its event has it. */
const eventOf = (cell: string): string => cell.replaceAll('`', '');

/** What an ack was called with, as it stands in the guide. */
function written(args: unknown[]): string {
  return args.length === 0 ? 'no argument' : args.map((each) => JSON.stringify(each)).join(', ');
}

const payload = { name: 'A', seats: 0 };

function start(options: SocketIoModuleOptions = {}): Promise<TestApp> {
  const providers = [...casesGateways, SeatsGateway, BookingsGateway, ZodGateway, ConcertsGateway];
  return startApp({ options, providers });
}

/** Everything that a client is told of an event: the arguments of its ack, and of `exception`. */
async function told(running: TestApp, path: string, event: string): Promise<{ ack?: unknown[]; exception?: unknown }> {
  const client = await running.clients.connect(path);
  const seen: { ack?: unknown[]; exception?: unknown } = {};
  client.on('exception', (error: unknown) => (seen.exception = error));
  await new Promise<void>((resolve) => {
    client.emit(event, payload, (...args: unknown[]) => {
      seen.ack = args;
      resolve();
    });
    // An error that goes nowhere else ends the wait too.
    client.once('exception', () => resolve());
  });
  // What was sent before this answer is there.
  await client.emitWithAck('returns nothing');
  client.disconnect();
  return seen;
}

let running: TestApp;
beforeAll(async () => {
  running = await start();
});
afterAll(() => running.close());

describe('the tables of docs/errors-and-acks.md', () => {
  it.each(rows('What a client gets').map(([name, ...cells]) => [eventOf(name!), cells] as const))(
    'tell the ack of a handler that %s',
    async (event, [message, ack]) => {
      expect(written((await told(running, '/message', event)).ack!)).toBe(message);
      expect(written((await told(running, '/ack', event)).ack!)).toBe(ack);
    },
  );

  describe.each(rows('What a client is told of an error').map(([name, json]) => [eventOf(name!), json!] as const))(
    'tell the error of a handler that %s',
    (event, json) => {
      const error: unknown = JSON.parse(json);

      it('in the ack of @SubscribeMessage()', async () => {
        expect(await told(running, '/message', event)).toEqual({ ack: [error] });
      });

      it('in the ack of @SubscribeAck()', async () => {
        expect(await told(running, '/ack', event)).toEqual({ ack: [{ ok: false, error }] });
      });

      it('in an exception event without an ack', async () => {
        for (const path of ['/message', '/ack']) {
          // What was returned goes nowhere: nobody has to encode it.
          if (event === 'returns what JSON cannot hold') continue;
          const client = await running.clients.connect(path);
          const exception = next(client, 'exception');
          client.emit(event, payload);
          expect(await exception).toEqual([{ ...(error as object), event }]);
        }
      });
    },
  );

  it.each(rows('Ack styles').map(([style, success, failure]) => [style!, success!, failure!] as const))(
    'tell the style %s',
    async (style, success, failure) => {
      await using own = await start({ ackStyle: style as 'raw' });
      expect(written((await told(own, '/ack', 'returns a value')).ack!)).toBe(success);
      expect(written((await told(own, '/ack', 'throws an HttpException')).ack!)).toBe(failure);
      // The style is that of @SubscribeAck() alone.
      expect((await told(own, '/message', 'returns a value')).ack).toEqual([{ id: 1 }]);
    },
  );

  it.each(rows('Where errors go').map(([errors, ack, exception]) => [errors!, ack!, exception!] as const))(
    'tell where errors go with %s',
    async (errors, ack, exception) => {
      await using own = await start({ errors: errors as 'ack' });
      const seen = await told(own, '/ack', 'throws an HttpException');
      expect('ack' in seen).toBe(ack === 'yes');
      expect('exception' in seen).toBe(exception === 'yes');
    },
  );

  it('have a row for every handler', () => {
    const names = [...rows('What a client gets'), ...rows('What a client is told of an error')];
    expect(names.length).toBeGreaterThan(15);
    const source = readFileSync('test/docs/examples/errors.ts', 'utf8');
    const handlers = [...source.matchAll(/@Subscribe\('(.+?)'/g)].map((match) => match[1]!);
    expect(names.map(([name]) => eventOf(name!)).toSorted()).toEqual(handlers.toSorted());
  });
});

describe('the examples of docs/errors-and-acks.md', () => {
  it('tell what a client did wrong', async () => {
    const client = await running.clients.connect('/seats');
    expect(await takeSeat(client, 7)).toBe('You sit on 7');
    expect(await takeSeat(client, 7)).toBe('409: The seat is taken');
    expect(await client.emitWithAck('take', 101)).toEqual({
      ok: false,
      error: { status: 404, message: 'There is no such seat', code: 'NO_SEAT' },
    });
  });

  it.each(['/bookings', '/zod'])('validate in %s', async (path) => {
    const client = await running.clients.connect(path);
    expect(await client.emitWithAck('book', { name: 'Ada', seats: 2 })).toEqual({ ok: true, data: '2 for Ada' });
    expect(await client.emitWithAck('book', { name: 'A', seats: 2 })).toMatchObject({ error: { status: 400 } });
  });

  it('answer with what a filter returns', async () => {
    const client = await running.clients.connect('/concerts');
    expect(await client.emitWithAck('reserve')).toEqual({
      ok: false,
      error: { status: 410, message: 'No seat is left', code: 'SOLD_OUT' },
    });
  });
});

describe('an event that nobody handles', () => {
  it('is not answered, or answered with 404', async () => {
    const silent = (await running.clients.connect('/ack')).timeout(50).emitWithAck('unknown');
    await expect(silent).rejects.toThrow('timed out');
    await using own = await start({ onUnknownEvent: 'ack-error' });
    const client = await own.clients.connect('/ack');
    const answer: unknown = await client.emitWithAck('unknown');
    expect(JSON.stringify(answer)).toBe('{"ok":false,"error":{"status":404,"message":"Unknown event"}}');
    expect(guide).toContain(JSON.stringify(answer));
  });
});
