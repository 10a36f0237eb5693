import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import 'reflect-metadata';
import { Test } from '@nestjs/testing';
import { ConnectError, SocketTestingModule, type TestClient } from 'rookery/nest-testing';
import { AppModule } from '../src/app.module.js';
import { HOST_KEY, HostGuard } from '../src/host.guard.js';
import type { ClientEvents, ServerEvents } from '../src/poll.events.js';
import { PollsGateway } from '../src/polls.gateway.js';
import { PollsService } from '../src/polls.service.js';

type PollClient = TestClient<ServerEvents, ClientEvents>;

describe('a poll', () => {
  let sockets: SocketTestingModule;
  let ann: PollClient;
  let bob: PollClient;

  beforeEach(async () => {
    sockets = await SocketTestingModule.create({ imports: [AppModule] });
    ann = await sockets.connect<ServerEvents, ClientEvents>('/polls', { auth: { name: 'Ann' } });
    bob = await sockets.connect<ServerEvents, ClientEvents>('/polls', { auth: { name: 'Bob' } });
  });
  afterEach(() => sockets.close());

  it('tells the others how it stands', async () => {
    await bob.emitWithAck('watch', 'lunch');
    expect(await ann.emitWithAck('vote', 'lunch', 'soup')).toEqual({ ok: true, data: { pizza: 0, soup: 1 } });
    expect(await bob.next('results')).toEqual(['lunch', { pizza: 0, soup: 1 }]);
  });

  it('tells nothing to those who do not watch it', async () => {
    await ann.emitWithAck('vote', 'lunch', 'soup');
    // What was sent to Bob before this answer is there.
    await bob.emitWithAck('watch', 'lunch');
    expect(bob.received('results')).toEqual([]);
  });

  it('takes one vote of each', async () => {
    await ann.emitWithAck('vote', 'lunch', 'soup');
    expect(await ann.emitWithAck('vote', 'lunch', 'pizza')).toEqual({
      ok: false,
      error: { status: 409, message: 'Ann has voted already' },
    });
  });

  it('is closed by no guest', async () => {
    expect(await ann.emitWithAck('close', 'lunch')).toMatchObject({ ok: false, error: { status: 403 } });
    expect(sockets.get(PollsService).vote('lunch', 'Cleo', 'pizza')).toEqual({ pizza: 1, soup: 0 });
  });

  it('lets nobody in without a name', async () => {
    const refused = sockets.connect('/polls', { auth: {} });
    await expect(refused).rejects.toBeInstanceOf(ConnectError);
    await expect(refused).rejects.toMatchObject({ message: 'Who are you?', data: { status: 401 } });
  });
});

describe('the host of a poll', () => {
  let sockets: SocketTestingModule;
  let host: PollClient;

  beforeEach(async () => {
    sockets = await SocketTestingModule.from(
      Test.createTestingModule({ imports: [AppModule] })
        .overrideGuard(HostGuard)
        .useValue({ canActivate: () => true }),
    );
    host = await sockets.connect<ServerEvents, ClientEvents>('/polls', { auth: { name: 'Host' } });
  });
  afterEach(async () => {
    jest.useRealTimers();
    await sockets.close();
  });

  it('is asked, and closes it', async () => {
    await host.emitWithAck('watch', 'lunch');
    host.on('confirm', (question, answer) => answer(question === 'Close lunch?'));
    expect(await host.emitWithAck('close', 'lunch')).toEqual({ ok: true, data: true });
    expect(await host.next('closed')).toEqual(['lunch', { pizza: 0, soup: 0 }]);
    expect(await host.emitWithAck('vote', 'lunch', 'soup')).toMatchObject({ ok: false, error: { status: 409 } });
  });

  it('has five seconds to answer', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    const patient = await sockets.connect<ServerEvents, ClientEvents>('/polls', {
      auth: { name: 'Host' },
      timeout: 10_000,
    });
    const closing = patient.emitWithAck('close', 'lunch');
    await patient.next('confirm');
    await jest.advanceTimersByTimeAsync(5_000);
    expect(await closing).toEqual({ ok: true, data: false });
  });
});

describe('the guard of the host', () => {
  it('knows the key', async () => {
    await using sockets = await SocketTestingModule.from(
      Test.createTestingModule({ imports: [AppModule] })
        .overrideProvider(HOST_KEY)
        .useValue('secret'),
    );
    const connect = (key: string): Promise<PollClient> =>
      sockets.connect('/polls', { auth: { name: 'Host' }, headers: { 'x-host-key': key } });
    const host = await connect('secret');
    host.on('confirm', (_question, answer) => answer(true));
    expect(await host.emitWithAck('close', 'lunch')).toEqual({ ok: true, data: true });
    const guest = await connect('guess');
    expect(await guest.emitWithAck('close', 'lunch')).toMatchObject({ ok: false, error: { status: 403 } });
  });
});

describe('the gateway, with other polls', () => {
  it('answers with what they say', async () => {
    await using sockets = await SocketTestingModule.create({
      providers: [
        PollsGateway,
        { provide: PollsService, useValue: { votes: () => ({ tea: 7 }) } },
        { provide: HOST_KEY, useValue: undefined },
      ],
    });
    const client = await sockets.connect<ServerEvents, ClientEvents>('/polls', { auth: { name: 'Ann' } });
    expect(await client.emitWithAck('watch', 'drinks')).toEqual({ ok: true, data: { tea: 7 } });
  });
});
