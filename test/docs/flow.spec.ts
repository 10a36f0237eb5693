import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { SOCKET_IO_SERVER, type Server } from '../../lib/index.js';
import { next } from '../support/clients.js';
import { registerStrategy } from '../nest/passport-strategies.js';
import { refusal } from '../nest/refusal.js';
import { startApp, type TestApp } from '../nest/support.js';
import { FlowGateway, guard, interceptor, pipe, steps, Storage } from './examples/flow.js';

/** The drawing below a heading of docs/concepts.md, with the marks of its steps alone. */
function drawn(heading: string): string[] {
  const guide = readFileSync('docs/concepts.md', 'utf8');
  const section = guide.slice(guide.indexOf(`\n## ${heading}\n`));
  const [, drawing] = /```text\n([\s\S]*?)```/.exec(section)!;
  return [...drawing!.matchAll(/● (.+?)(?: {2,}.*)?$/gm)].map((match) => match[1]!);
}

async function start(): Promise<TestApp> {
  registerStrategy('flow', function () {
    steps.push('authentication');
    this.success({ id: 7 });
  });
  const running = await startApp({
    options: {
      allowRequest: (_request, decide) => {
        steps.push('allowRequest');
        decide(null, true);
      },
    },
    providers: [
      FlowGateway,
      Storage,
      { provide: APP_GUARD, useValue: guard('guard of the application') },
      { provide: APP_PIPE, useValue: pipe('pipe of the application') },
      { provide: APP_INTERCEPTOR, useValue: interceptor },
    ],
  });
  const server = running.app.get<Server>(SOCKET_IO_SERVER);
  server.engine.use((_request, _response, proceed) => {
    steps.push('engine middleware');
    proceed();
  });
  server.of('/flow').adapter.on('join-room', (room: string) => {
    if (room === 'user:7') steps.push('room of the user');
    if (room === 'room:garden') steps.push('room is joined');
  });
  return running;
}

/** A client whose connection takes one request, and what it is told. */
async function connect(running: TestApp): Promise<ReturnType<TestApp['clients']['create']>> {
  const client = running.clients.create('/flow', { transports: ['websocket'] });
  const connected = next(client, 'connect').then(() => steps.push('client: connect'));
  // An event that is sent at once is handled behind the connect hooks.
  await client.emitWithAck('enter', { door: 1, room: 'hall' });
  await connected;
  return client;
}

/** The steps, with those that come twice in a row as one. */
function recorded(): string[] {
  return steps.filter((name, index) => name !== steps[index - 1]);
}

beforeEach(() => {
  steps.length = 0;
});

describe('the drawing of docs/concepts.md', () => {
  it('has the steps of a connect in their order', async () => {
    await using running = await start();
    await connect(running);
    const entry = recorded().filter((name) => name !== 'client: connect');
    expect(entry.slice(0, entry.indexOf('guard of the application'))).toEqual(
      drawn('A client connects').filter((name) => !name.startsWith('client: ') && name !== 'default access'),
    );
  });

  it('has the steps of an event in their order', async () => {
    await using running = await start();
    const client = await connect(running);
    const entered = next(client, 'entered').then(() => steps.push('client: entered'));
    steps.length = 0;
    expect(await client.emitWithAck('enter', { door: 1, room: 'garden' })).toEqual({ ok: true, data: 'garden' });
    steps.push('client: ack');
    await entered;
    expect(recorded()).toEqual(drawn('An event is handled'));
  });

  it('has the steps of an error in their order', async () => {
    await using running = await start();
    const client = await connect(running);
    steps.length = 0;
    const answer = await client.emitWithAck('enter', { door: 1, room: 'closed' });
    steps.push('client: ack');
    expect(answer).toEqual({ ok: false, error: { status: 409, message: 'Closed' } });
    expect(recorded().slice(recorded().indexOf('method'))).toEqual(drawn('A handler fails'));
  });

  it('has the steps of a disconnect in their order', async () => {
    await using running = await start();
    const client = await connect(running);
    steps.length = 0;
    client.disconnect();
    while (!steps.includes('disconnect hook settles')) await new Promise(setImmediate);
    expect(recorded()).toEqual(drawn('A client leaves'));
  });

  it('has the steps of a shutdown in their order', async () => {
    const running = await start();
    const client = await connect(running);
    const told = next(client, 'disconnect').then(([reason]) => reason);
    steps.length = 0;
    await running.app.close();
    expect(recorded()).toEqual(drawn('The application shuts down'));
    expect(await told).toBe('transport close');
    await running.close();
  });
});

describe('default access', () => {
  it('is asked before the middlewares of a namespace', async () => {
    await using running = await startApp({ options: { defaultAccess: 'deny' } });
    const server = running.app.get<Server>(SOCKET_IO_SERVER);
    server.of('/mine').use((_socket, proceed) => {
      steps.push('middleware');
      proceed();
    });
    expect(await refusal(running.clients, '/mine')).toMatchObject({ data: { status: 403 } });
    expect(steps).toEqual([]);
    const drawing = drawn('A client connects');
    expect(drawing.indexOf('default access')).toBe(drawing.indexOf('middleware') - 1);
  });
});
