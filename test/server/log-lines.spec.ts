import { describe, expect, it } from '@jest/globals';
import { request as httpRequest } from 'node:http';
import type { LogSink, ServerOptions, Socket } from '../../lib/server/index.js';
import { startTestServer, type TestServer } from '../../lib/testing/index.js';

/** A line of a log as it reads, if a peer could write into it. */
const forged = 'x\n[socket.io] admin logged in\u001b[2J\u2028';
const secret = 'a payload that nobody may read';

/** Keeps the lines; `next()` waits for one more. */
class Lines implements LogSink {
  readonly all: string[] = [];
  #arrived: (() => void) | null = null;
  warn(message: string): void {
    this.#add(message);
  }
  error(message: string, stack?: string): void {
    this.#add(message);
    // Of a stack, what is not the error's message is a call.
    this.all.push(...(stack ?? '').split('\n').filter((line) => line !== '' && !/^ {4}at /.test(line)));
  }
  async next(): Promise<void> {
    if (this.all.length > 0) return;
    await new Promise<void>((resolve) => {
      this.#arrived = resolve;
    });
  }
  #add(line: string): void {
    this.all.push(line);
    this.#arrived?.();
  }
}

async function start(options: ServerOptions, configure?: (socket: Socket) => void): Promise<[TestServer, Lines]> {
  const log = new Lines();
  const server = await startTestServer((io) => io.on('connection', configure ?? (() => {})), { ...options, log });
  return [server, log];
}

function expectHarmless(lines: readonly string[], ...ids: string[]): void {
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) {
    // eslint-disable-next-line no-control-regex
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028]/);
    expect(line.length).toBeLessThan(3_000);
    expect(line).not.toContain(secret);
    for (const id of ids) expect(line).not.toContain(id);
  }
}

describe('a line of the log', () => {
  it.each([
    ['is not forged', forged],
    ['is not filled', 'x'.repeat(100_000)],
  ])('%s by the name of an event, or what a handler says of it', async (_what, name) => {
    const [server, log] = await start({}, (socket) => {
      socket.on(name, () => {
        throw new Error(`cannot ${name}`);
      });
    });
    await using _ = server;
    const client = await server.connect();
    await client.join();
    client.send(`42${JSON.stringify([name, secret])}`);
    await log.next();
    expectHarmless(log.all, ...Object.keys(server.io.engine.clients));
    expect(log.all[0]).toContain('Unhandled error in "x');
  });

  it('is not forged by an origin, nor by a host', async () => {
    const [server, log] = await start({ checkOrigin: true });
    await using _ = server;
    await new Promise<void>((resolve) => {
      const headers = { origin: `https://evil.test/\u009b2J${'x'.repeat(4_000)}`, host: '\u0085other.test' };
      const sent = httpRequest(server.endpoint('polling'), { headers }, (response) => {
        expect(response.statusCode).toBe(403);
        response.resume().on('end', resolve);
      });
      sent.end();
    });
    expectHarmless(log.all);
    expect(log.all[0]).toMatch(/evil\.test.*cors\.origin/);
  });
});
