import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Test, type TestingModule } from '@nestjs/testing';
import { Broadcaster } from '../../lib/index.js';
import { next, type Clients } from '../support/clients.js';
import { refusal } from '../nest/refusal.js';
import { RecordingLogger, startApp, type TestApp } from '../nest/support.js';
import { createBus } from './bus-adapter.js';
import {
  ClusterModule,
  ConnectionsService,
  DigestService,
  DoorService,
  NewsGateway,
  NewsService,
  ReadersService,
  SurveyService,
  WorkerModule,
} from './examples/broadcasting.js';

type Client = Awaited<ReturnType<Clients['connect']>>;

/** Two servers of one cluster, and a worker beside them. */
let servers: [TestApp, TestApp];
let worker: TestingModule;
let ann: Client;
let bob: Client;

beforeEach(async () => {
  const adapter = createBus();
  const providers = [NewsGateway, NewsService, SurveyService, ReadersService, DoorService, ConnectionsService];
  servers = [await startApp({ options: { adapter }, providers }), await startApp({ options: { adapter }, providers })];
  worker = await Test.createTestingModule({ imports: [ClusterModule.with(adapter), WorkerModule] })
    .setLogger(new RecordingLogger())
    .compile();
  await worker.init();
  ann = await servers[0].clients.connect('/news', { auth: { name: 'Ann' } });
  bob = await servers[1].clients.connect('/news', { auth: { name: 'Bob' } });
});
afterEach(async () => {
  await worker.close();
  for (const server of servers) await server.close();
});

describe('the example of docs/broadcasting.md', () => {
  it('reaches the members of a room, on every server', async () => {
    for (const client of [ann, bob]) {
      const welcome = next(client, 'news');
      await client.emitWithAck('subscribe', 'weather');
      expect(await welcome).toEqual(['Welcome']);
    }
    const news = [next(ann, 'news'), next(bob, 'news')];
    servers[0].app.get(NewsService).publish('weather', 'It rains');
    expect(await Promise.all(news)).toEqual([['It rains'], ['It rains']]);
  });

  it('reaches a user, wherever the user is', async () => {
    const news = next(bob, 'news');
    servers[0].app.get(NewsService).remind('Bob', 'Tea is ready');
    expect(await news).toEqual(['Tea is ready']);
  });

  it('collects the answers of everyone', async () => {
    ann.on('survey', (_question, answer: (grade: number) => void) => answer(1));
    bob.on('survey', (_question, answer: (grade: number) => void) => answer(2));
    const grades = await servers[0].app.get(SurveyService).ask('How was it?', 500);
    expect(grades.toSorted()).toEqual([1, 2]);
  });

  it('goes on with the answers that came in time', async () => {
    ann.on('survey', (_question, answer: (grade: number) => void) => answer(1));
    expect(await servers[0].app.get(SurveyService).ask('How was it?', 100)).toEqual([1]);
  });

  it('finds and moves sockets on every server', async () => {
    await ann.emitWithAck('subscribe', 'weather');
    await bob.emitWithAck('subscribe', 'weather');
    const readers = servers[0].app.get(ReadersService);
    expect((await readers.names('weather')).toSorted()).toEqual(['Ann', 'Bob']);
    readers.move('weather', 'sports');
    // The published adapters move their own sockets a moment later.
    while ((await readers.names('weather')).length > 0) await new Promise(setImmediate);
    expect((await readers.names('sports')).toSorted()).toEqual(['Ann', 'Bob']);
  });

  it('has a namespace and a server injected', async () => {
    expect(servers[0].app.get(DoorService).count).toBe(1);
    expect(servers[0].app.get(ConnectionsService).count).toBe(1);
    expect(await refusal(servers[0].clients, '/news', { auth: {} })).toMatchObject({ message: 'Who are you?' });
  });

  it('reaches clients from a worker', async () => {
    const news = [next(ann, 'news'), next(bob, 'news')];
    worker.get(DigestService).send('Today');
    expect(await Promise.all(news)).toEqual([['Today'], ['Today']]);
  });
});

describe('the table of docs/broadcasting.md', () => {
  it('has every member of the Broadcaster', () => {
    const guide = readFileSync('docs/broadcasting.md', 'utf8');
    const calls = guide
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .join('\n');
    const members = Object.getOwnPropertyNames(Broadcaster.prototype).filter((name) => name !== 'constructor');
    expect(members.filter((name) => !new RegExp(`\`${name}\\b`).test(calls))).toEqual([]);
  });
});
