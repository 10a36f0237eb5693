import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Clients, next, transportLists } from '../support/clients.js';
import { startSample, type SampleProcess } from '../support/sample-process.js';

describe('the chat', () => {
  let sample: SampleProcess;
  let clients: Clients;

  beforeAll(async () => {
    sample = await startSample('chat');
    clients = new Clients(() => sample.url);
  });
  afterEach(() => clients.close());
  afterAll(async () => {
    await sample.stop();
  });

  it('answers the handshake as every client knows it', async () => {
    const response = await fetch(`${sample.url}/socket.io/?EIO=4&transport=polling`);
    expect(await response.text()).toMatch(
      /^0\{"sid":"[\w-]{24}","upgrades":\["websocket"\],"pingInterval":25000,"pingTimeout":20000,"maxPayload":256000\}$/,
    );
  });

  it.each([
    ['EIO=4&transport=polling&sid=unknown', '{"code":1,"message":"Session ID unknown"}'],
    ['EIO=3&transport=polling', '{"code":5,"message":"Unsupported protocol version"}'],
  ])('refuses %s', async (query, body) => {
    const response = await fetch(`${sample.url}/socket.io/?${query}`);
    expect(response.status).toBe(400);
    expect(await response.text()).toBe(body);
  });

  it.each(transportLists)('carries a conversation over %s', async (name, transports) => {
    const room = `room over ${name}`.slice(0, 30);
    const [ann, bob] = await Promise.all([
      clients.connect('/chat', { transports }),
      clients.connect('/chat', { transports }),
    ]);
    expect(await ann!.emitWithAck('join', { room, nickname: 'Ann' })).toEqual({ ok: true, data: [] });
    expect(await ann!.emitWithAck('send', '  first  ')).toMatchObject({
      ok: true,
      data: { from: 'Ann', text: 'first' },
    });
    const members = next(ann!, 'members');
    expect(await bob!.emitWithAck('join', { room, nickname: 'Bob' })).toMatchObject({
      ok: true,
      data: [{ from: 'Ann', text: 'first' }],
    });
    expect(await members).toEqual([['Ann', 'Bob']]);
    const typing = next(ann!, 'typing');
    bob!.emit('typing', true);
    expect(await typing).toEqual([{ nickname: 'Bob', isTyping: true }]);
    const message = next(ann!, 'message');
    await bob!.emitWithAck('send', 'hello');
    expect(await message).toMatchObject([{ from: 'Bob', text: 'hello', room }]);
    const left = next(ann!, 'members');
    bob!.disconnect();
    expect(await left).toEqual([['Ann']]);
  });

  it('refuses what makes no sense, and says why', async () => {
    const [ann, bob] = await Promise.all([clients.connect('/chat'), clients.connect('/chat')]);
    expect(await ann!.emitWithAck('send', 'too early')).toEqual({
      ok: false,
      error: { status: 403, message: 'Join a room first' },
    });
    expect(await ann!.emitWithAck('join', { room: 'a', nickname: ' ' })).toMatchObject({
      error: { status: 400, message: 'A nickname cannot be empty' },
    });
    await ann!.emitWithAck('join', { room: 'a', nickname: 'Ann' });
    expect(await bob!.emitWithAck('join', { room: 'a', nickname: 'ann' })).toMatchObject({
      error: { status: 409, message: 'ann is already in a' },
    });
    expect(await ann!.emitWithAck('send', 'x'.repeat(501))).toMatchObject({ error: { status: 400 } });
  });

  it('announces to everyone what a controller is told', async () => {
    const socket = await clients.connect('/chat');
    const announcement = next(socket, 'announcement');
    const response = await fetch(`${sample.url}/announcements`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ text: 'Lunch' }),
    });
    expect(response.status).toBe(202);
    expect(await announcement).toEqual(['Lunch']);
  });

  it('ends when it is asked to, with clients connected', async () => {
    const own = await startSample('chat');
    const others = new Clients(() => own.url);
    // Between two polls, a client would find nobody.
    const socket = await others.connect('/chat', { transports: ['websocket'] });
    const gone = next(socket, 'disconnect');
    const code = await own.stop();
    expect((await gone)[0]).toBe('transport close');
    expect(code === 0 || code === null).toBe(true);
    others.close();
  });
});
