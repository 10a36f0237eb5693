import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { SOCKET_IO_SERVER, type Server } from '../../lib/index.js';
import { next, type Clients } from '../support/clients.js';
import { registerJwt, tokenOf } from '../nest/passport-strategies.js';
import { refusal } from '../nest/refusal.js';
import { startApp, type TestApp } from '../nest/support.js';
import { createBus } from './bus-adapter.js';
import { BansService, MarketGateway, MembersGateway, StatusGateway, TenantGateway } from './examples/entrance.js';
import { JournalGateway, OrdersGateway, SumsGateway } from './examples/events.js';
import { ClockGateway, CrowdGateway, OrganizationGateway } from './examples/gateways.js';
import { PresenceGateway } from './examples/hooks.js';
import { CafeGateway } from './examples/presence.js';
import { AccountGateway, Sessions, ShopGateway, VisitsGateway } from './examples/parameters.js';
import { InvitedPolicy, RoomsGateway } from './examples/rooms.js';

const guide = readFileSync('docs/decorators.md', 'utf8');

/** The decorators that the package exports. */
function exported(): string[] {
  const index = readFileSync('lib/nest/index.ts', 'utf8');
  const doors = [...index.matchAll(/export \{([^}]*)\} from '\.\/decorators\/[\w-]+\.decorator\.js';/g)];
  return doors.flatMap(([, names]) =>
    names!
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && !name.startsWith('type ')),
  );
}

type Client = Awaited<ReturnType<Clients['connect']>>;

const authenticated = { auth: { token: tokenOf('Ada') } };
let running: TestApp;
let connect: Clients['connect'];

beforeAll(async () => {
  registerJwt();
  running = await startApp({
    options: { defaultAccess: 'allow' },
    providers: [
      ...[ClockGateway, OrganizationGateway, CrowdGateway],
      ...[MembersGateway, BansService, MarketGateway, TenantGateway, StatusGateway],
      ...[SumsGateway, OrdersGateway, JournalGateway, PresenceGateway, CafeGateway],
      ...[InvitedPolicy, RoomsGateway],
      ...[ShopGateway, AccountGateway, Sessions, VisitsGateway],
    ],
  });
  connect = running.clients.connect.bind(running.clients);
});
afterAll(() => running.close());

describe('docs/decorators.md', () => {
  it('has a heading for every decorator, and no other', () => {
    const headings = [...guide.matchAll(/^### @(\w+)$/gm)].map((match) => match[1]!);
    expect(exported().length).toBeGreaterThan(25);
    expect(headings.toSorted()).toEqual(exported().toSorted());
  });

  it('has code below every heading', () => {
    const without = guide
      .split(/^### /m)
      .slice(1)
      .filter((section) => !section.split(/^## /m)[0]!.includes('```ts'))
      .map((section) => section.split('\n')[0]);
    expect(without).toEqual([]);
  });
});

describe('the example of', () => {
  it('@WebSocketGateway answers', async () => {
    const answer = await (await connect('/clock')).emitWithAck('hour');
    expect(answer).toEqual({ ok: true, data: expect.any(Number) });
  });

  it('@Namespace and @NamespaceParam tells which namespace it is', async () => {
    const answer = await (await connect('/org/7')).emitWithAck('where');
    expect(answer).toEqual({ ok: true, data: 'organization 7' });
  });

  it('@WebSocketServer tells everyone how many there are', async () => {
    const first = await connect('/crowd');
    const size = next(first, 'size');
    await connect('/crowd');
    expect((await size)[0]).toBeGreaterThan(0);
  });

  it('@NamespaceAuth lets in who has a token', async () => {
    expect(await refusal(running.clients, '/members')).toMatchObject({ data: { status: 401 } });
    expect(await (await connect('/members', authenticated)).emitWithAck('who')).toEqual({ ok: true, data: 'Ada' });
    const cookie = await connect('/members', { extraHeaders: { cookie: `token=${tokenOf('Bob')}` } });
    expect(await cookie.emitWithAck('who')).toEqual({ ok: true, data: 'Bob' });
  });

  it('@UseConnectionGuards keeps out who is banned', async () => {
    await connect('/market', { auth: { name: 'Ada' } });
    expect(await refusal(running.clients, '/market', { auth: { name: 'Mallory' } })).toEqual({
      message: 'You are banned',
      data: { status: 403, message: 'You are banned' },
    });
  });

  it('@UseNamespaceMiddleware keeps out who has no tenant', async () => {
    const client = await connect('/tenant', { auth: { tenant: 'acme' } });
    expect(await client.emitWithAck('tenant')).toEqual({ ok: true, data: 'acme' });
    const refused = await refusal(running.clients, '/tenant');
    expect(refused).toEqual({ message: 'No such tenant', data: { status: 404, message: 'No such tenant' } });
  });

  it('@PublicNamespace lets everybody in where others let in nobody', async () => {
    await using denying = await startApp({
      options: { defaultAccess: 'deny' },
      providers: [StatusGateway, TenantGateway, ClockGateway],
    });
    const client = await denying.clients.connect('/status');
    expect(await client.emitWithAck('status')).toEqual({ ok: true, data: 'up' });
    await denying.clients.connect('/tenant', { auth: { tenant: 'acme' } });
    expect(await refusal(denying.clients, '/tenant')).toMatchObject({ data: { status: 404 } });
    expect(await refusal(denying.clients, '/clock')).toMatchObject({ data: { status: 403 } });
  });

  it('@SubscribeMessage acks the value, and emits the values of a stream', async () => {
    const client = await connect('/sums');
    expect(await client.emitWithAck('sum', [1, 2, 3])).toBe(6);
    const numbers: number[] = [];
    await new Promise<void>((resolve) => {
      client.on('number', (number: number) => {
        if (numbers.push(number) === 3) resolve();
      });
      client.emit('count', { to: 3 });
    });
    expect(numbers).toEqual([1, 2, 3]);
  });

  it('@SubscribeAck answers what fits its schema, and what does not', async () => {
    const client = await connect('/orders');
    expect(await client.emitWithAck('order', { dish: 'soup', plates: 2 })).toEqual({
      ok: true,
      data: { ordered: '2 × soup' },
    });
    expect(await client.emitWithAck('order', { dish: 'soup', plates: 0 })).toMatchObject({
      ok: false,
      error: { status: 400, message: 'Validation failed', details: [{ path: ['plates'] }] },
    });
  });

  it('@SubscribeAny, @EventName and @Args writes every event down', async () => {
    const client = await connect('/journal');
    await client.emitWithAck('anything', 1, 2);
    expect(running.app.get(JournalGateway).lines).toEqual(['anything: 2 arguments']);
  });

  it('@OnConnect, @OnDisconnecting and @OnDisconnect follows a socket', async () => {
    const { journal } = running.app.get(PresenceGateway);
    const client = running.clients.create('/presence');
    const other = running.clients.create('/presence');
    await Promise.all([next(client, 'welcome'), next(other, 'welcome')]);
    const left = next(other, 'left');
    client.disconnect();
    expect(await left).toEqual(['client namespace disconnect']);
    expect(journal).toEqual(['client namespace disconnect']);
  });

  it('@OnPresence hears of members of rooms', async () => {
    const [ada, bob] = [
      await connect('/cafe', { auth: { name: 'Ada' } }),
      await connect('/cafe', { auth: { name: 'Bob' } }),
    ];
    expect(await ada.emitWithAck('sit', 1)).toEqual({ ok: true, data: ['Ada'] });
    const joined = new Promise((resolve) => {
      ada.on('joined', (key: string, metadata: unknown) => key === bob.id && resolve(metadata));
    });
    expect(await bob.emitWithAck('sit', 1)).toEqual({ ok: true, data: ['Ada', 'Bob'] });
    expect(await joined).toEqual({ name: 'Bob' });
    const { id } = bob;
    const left = next(ada, 'left');
    bob.disconnect();
    expect(await left).toEqual([id]);
  });

  it('@OnServerSide hears of other servers', async () => {
    const adapter = createBus();
    await using one = await startApp({ options: { adapter }, providers: [PresenceGateway] });
    await using other = await startApp({ options: { adapter }, providers: [PresenceGateway] });
    one.app.get<Server>(SOCKET_IO_SERVER).of('/presence').serverSideEmit('setting', 'color', 'red');
    expect([...other.app.get(PresenceGateway).settings]).toEqual([['color', 'red']]);
    expect([...one.app.get(PresenceGateway).settings]).toEqual([]);
  });

  it('@JoinRoom, @Room, @RoomGuard, @EmitTo and @LeaveRoom is a room', async () => {
    const invitation = { auth: { invitedTo: ['green'] } };
    const [ann, bob]: [Client, Client] = [await connect('/rooms', invitation), await connect('/rooms', invitation)];
    const green = { roomId: 'green' };
    expect(await ann.emitWithAck('say', { ...green, text: 'Hello' })).toMatchObject({ error: { status: 403 } });
    expect(await ann.emitWithAck('enter', { roomId: 'red' })).toMatchObject({ error: { status: 403 } });
    expect(await ann.emitWithAck('enter', green)).toEqual({ ok: true, data: 'You are in room:green' });
    await bob.emitWithAck('enter', green);
    const said = next(bob, 'said');
    expect(await ann.emitWithAck('say', { ...green, text: 'Hello' })).toEqual({ ok: true, data: { text: 'Hello' } });
    expect(await said).toEqual([{ text: 'Hello' }]);
    expect(await ann.emitWithAck('leave', green)).toEqual({ ok: true, data: null });
    expect(await ann.emitWithAck('say', { ...green, text: 'Hello' })).toMatchObject({ error: { status: 403 } });
  });

  it.each<[what: string, event: string, args: unknown[], answer: unknown]>([
    ['@MessageBody with a property and a pipe', 'buy', [{ count: '2' }], '2 bought in rome'],
    ['@MessageBody with a schema', 'search', [{ words: 'tea' }], 'TEA'],
    ['@Arg', 'compare', [1, '2'], true],
    ['@Args', 'total', [1, 2, 3], 6],
    ['@Handshake', 'language', [], 'it'],
    ['@SocketData and @EventName', 'put', ['tea'], 'put: tea'],
  ])('%s answers', async (_what, event, args, answer) => {
    const client = await connect('/shop/rome', { extraHeaders: { 'accept-language': 'it' } });
    expect(await client.emitWithAck(event, ...args)).toEqual({ ok: true, data: answer });
  });

  it('@ConnectedSocket knows its client, and @Ack answers later', async () => {
    const client = await connect('/shop/rome');
    expect(await client.emitWithAck('me')).toEqual({ ok: true, data: client.id });
    expect(await client.emitWithAck('later', 1)).toBe('Here it is');
    expect(await client.emitWithAck('search', { words: 'to' })).toMatchObject({ ok: false, error: { status: 400 } });
  });

  it('@CurrentUser names the user', async () => {
    const client = await connect('/account', authenticated);
    expect(await client.emitWithAck('name')).toEqual({ ok: true, data: 'Ada' });
  });

  it('@Session and @InjectServer has the session of express-session', async () => {
    const client = await connect('/visits');
    expect(await client.emitWithAck('visitor')).toEqual({ ok: true, data: expect.stringMatching(/^.{32}$/) });
  });
});
