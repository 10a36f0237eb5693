import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Broadcaster } from '../../lib/index.js';
import { io, request, requestIn, type Socket } from '../../lib/client/node/index.js';
import { startApp, type TestApp } from '../nest/support.js';
import { Config, TalkModule, TalkService } from './examples/nest-client.js';
import { connect, TablesGateway, talk, TalkGateway, type TableEvents } from './examples/typed-client.js';

let server: TestApp;
beforeAll(async () => {
  server = await startApp({ providers: [TalkGateway, TablesGateway] });
});
afterAll(() => server.close());

describe('docs/typed-client.md', () => {
  it('has a client that gets values, and errors by their status', async () => {
    const socket = connect(server.url);
    expect(await talk(socket)).toBe('nothing');
    expect(await request(socket, 'read', 0)).toEqual({ id: 0, text: 'hello' });
    socket.disconnect();
  });

  it('has a gateway whose events have other names than its methods', async () => {
    const socket = io(`${server.url}/tables`) as never as Socket<Record<never, never>, TableEvents>;
    expect(await requestIn('raw')(socket, 'table:book', 4)).toBe('a table for 4');
    socket.disconnect();
  });
});

describe('docs/nest-client.md', () => {
  it('has an application that asks, hears and leaves', async () => {
    const module = await Test.createTestingModule({ imports: [TalkModule] })
      .overrideProvider(Config)
      .useValue({ url: server.url })
      .compile();
    await module.init();
    const service = module.get(TalkService);
    expect(await service.say('good morning')).toMatchObject({ text: 'good morning' });
    const heard = server.app.get(Broadcaster).of('/talk').timeout(1_000).emitWithAck('said', { id: 9, text: 'news' });
    expect(await heard).toEqual([{ seen: true }]);
    await module.close();
    expect(service.log).toEqual(['connected', 'news', 'io client disconnect']);
  });
});
