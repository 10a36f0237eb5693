import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Clients, next, transportLists } from '../support/clients.js';
import { startSample, type SampleProcess } from '../support/sample-process.js';

type Client = Awaited<ReturnType<Clients['connect']>>;

/** The message of the next `exception`: what else it holds differs between the packages. */
async function nextError(client: Client): Promise<unknown> {
  const [{ message }] = (await next(client, 'exception')) as [{ message: unknown }];
  return message;
}

function filesOf(app: string): Record<string, string> {
  const folder = `sample/06-migration/${app}/src`;
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(`${folder}/${name}`, 'utf8')]));
}

describe.each(['before', 'after', 'after-native'])('the boards of "%s"', (app) => {
  let sample: SampleProcess;
  let clients: Clients;

  beforeAll(async () => {
    sample = await startSample(`migration-${app}`);
    clients = new Clients(() => sample.url);
  });
  afterEach(() => clients.close());
  afterAll(async () => {
    await sample.stop();
  });

  it.each(transportLists)('hold the same conversation over %s', async (board, transports) => {
    const anna = await clients.connect('/boards', { transports, auth: { name: 'Anna' } });
    const ben = await clients.connect('/boards', { transports, auth: { name: 'Ben' } });

    let refusal = nextError(anna);
    anna.emit('add', 'too early');
    expect(await refusal).toBe('Forbidden resource');

    expect(await anna.emitWithAck('open', { board })).toEqual({ notes: 0 });
    expect(await ben.emitWithAck('open', { board })).toEqual({ notes: 0 });

    const first = { id: 1, author: 'Anna', text: 'bread' };
    const told = next(ben, 'note');
    expect(await anna.emitWithAck('add', 'bread')).toEqual(first);
    expect(await told).toEqual([first]);

    refusal = nextError(anna);
    anna.emit('add', ' ');
    expect(await refusal).toBe('A note needs a text');

    const counted = next(ben, 'counted');
    ben.emit('count');
    expect(await counted).toEqual([1]);

    const second = { id: 2, author: 'Ben', text: 'butter' };
    expect(await ben.emitWithAck('add', 'butter')).toEqual(second);
    const replayed: unknown[] = [];
    const complete = new Promise<void>((resolve) => {
      ben.on('note', (note: unknown) => {
        if (replayed.push(note) === 2) resolve();
      });
    });
    ben.emit('replay');
    await complete;
    expect(replayed).toEqual([first, second]);

    const left = next(ben, 'left');
    anna.disconnect();
    expect(await left).toEqual(['Anna']);
  });
});

describe('the boards after the migration', () => {
  it('tell an error as before, and written with our decorators in the ack too', async () => {
    const errors: Record<string, unknown> = {};
    for (const app of ['before', 'after', 'after-native']) {
      const sample = await startSample(`migration-${app}`);
      const clients = new Clients(() => sample.url);
      try {
        const client = await clients.connect('/boards');
        const told = next(client, 'exception');
        errors[app] = await Promise.race([client.emitWithAck('count'), told]);
      } finally {
        clients.close();
        await sample.stop();
      }
    }
    const exception = { status: 'error', message: 'Forbidden resource', cause: { pattern: 'count' } };
    expect(errors).toEqual({
      before: [exception],
      after: [exception],
      'after-native': { status: 403, message: 'Forbidden resource' },
    });
  }, 60_000);

  it('have the same files, but the module; written with our decorators, but module and gateway', () => {
    const { 'app.module.ts': moduleBefore, ...before } = filesOf('before');
    const { 'app.module.ts': moduleAfter, ...after } = filesOf('after');
    const { 'app.module.ts': moduleNative, ...native } = filesOf('after-native');
    expect(after).toEqual(before);
    expect(moduleAfter).not.toBe(moduleBefore);
    expect(moduleNative).toBe(moduleAfter);
    expect({ ...native, 'boards.gateway.ts': before['boards.gateway.ts'] }).toEqual(before);
    expect(native['boards.gateway.ts']).not.toContain('@nestjs/websockets');
  });

  it('import nothing of socket.io when they run', () => {
    const built = (app: string): string => {
      const folder = `dist/sample/migration-${app}`;
      const names = readdirSync(folder).filter((name) => name.endsWith('.js'));
      return names.map((name) => readFileSync(`${folder}/${name}`, 'utf8')).join('\n');
    };
    for (const app of ['after', 'after-native']) {
      expect(built(app)).toContain("from 'rookery'");
      expect(built(app)).not.toMatch(/'(@nestjs\/platform-)?socket\.io'/);
    }
  });
});
