import { describe, expect, it } from '@jest/globals';
import type { EngineSocket } from '../../lib/engine/index.js';
import type { WireClient, WireOptions } from '../../lib/testing/index.js';
import { TestEngine, until } from './support.js';

/** A polling session whose client has probed a WebSocket, and had its answer. */
async function probed(test: TestEngine, options?: WireOptions): Promise<Probed> {
  const sid = await test.handshake();
  const client = await test.probe(sid, options);
  client.send('2probe');
  expect(await client.next()).toBe('3probe');
  return { sid, client, session: test.sockets[0]! };
}

interface Probed {
  readonly sid: string;
  readonly client: WireClient;
  readonly session: EngineSocket;
}

describe('an upgrade from polling to WebSocket', () => {
  it('goes probe, pong, upgrade; the open poll is answered and the session goes on', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    const [session] = test.sockets;
    const events: string[] = [];
    session!.on('upgrading', (transport: { name: string }) => events.push(`upgrading ${transport.name}`));
    session!.on('upgrade', (transport: { name: string }) => events.push(`upgrade ${transport.name}`));
    const poll = test.get(sid);
    await until(() => session!.writable);
    const client = await test.probe(sid);
    client.send('2probe');
    expect(await client.next()).toBe('3probe');
    expect(session!).toMatchObject({ upgrading: true, upgraded: false });
    expect((await poll).body).toBe('6');
    client.send('5');
    await until(() => session!.upgraded);
    expect(session!).toMatchObject({ upgrading: false, transport: { name: 'websocket' } });
    session!.send('over there');
    expect(await client.next()).toBe('4over there');
    client.send('4and back');
    await until(() => test.messages.length === 1);
    expect(events).toEqual(['upgrading websocket', 'upgrade websocket']);
    expect(test.sockets).toHaveLength(1);
  });

  it('answers every poll that comes while it is under way', async () => {
    await using test = await TestEngine.start();
    const { sid } = await probed(test);
    for (let count = 0; count < 3; count++) expect((await test.get(sid)).body).toBe('6');
  });

  it('answers a poll with what is queued rather than with nothing', async () => {
    await using test = await TestEngine.start();
    const { sid, session } = await probed(test);
    session.send('a');
    expect((await test.get(sid)).body).toBe('4a');
  });

  it('keeps the order of what is sent around it, and loses nothing', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    const [session] = test.sockets;
    session!.send('before');
    const client = await test.probe(sid);
    client.send('2probe');
    expect(await client.next()).toBe('3probe');
    session!.send('between');
    session!.once('upgrade', () => session!.send('at the switch'));
    client.send('5');
    await until(() => session!.upgraded);
    session!.send('after');
    for (const text of ['before', 'between', 'at the switch', 'after']) expect(await client.next()).toBe(`4${text}`);
  });

  it('takes messages that come right behind the upgrade packet', async () => {
    await using test = await TestEngine.start();
    const { client } = await probed(test);
    client.send('5');
    client.send('4a');
    client.send('4b');
    await until(() => test.messages.length === 2);
    expect(test.messages).toEqual(['a', 'b']);
  });

  it('delivers a POST that was still coming in', async () => {
    await using test = await TestEngine.start();
    const seen = test.requests();
    const sid = await test.handshake();
    const slow = test.tcp();
    slow.write(
      `POST /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n4sl`,
    );
    await until(() => seen.length === 2);
    const client = await test.probe(sid);
    client.send('2probe');
    await client.next();
    client.send('5');
    await until(() => test.sockets[0]!.upgraded);
    slow.write('ow');
    await until(() => test.messages.length === 1);
    expect(test.messages).toEqual(['slow']);
    slow.destroy();
    client.send('4a');
    await until(() => test.messages.length === 2);
    expect(test.engine.clientsCount).toBe(1);
  });

  it('leaves late polls with a refusal', async () => {
    await using test = await TestEngine.start();
    const { sid, client, session } = await probed(test);
    client.send('5');
    await until(() => session.upgraded);
    expect(await test.get(sid)).toMatchObject({ status: 400, body: '{"code":3,"message":"Bad request"}' });
    expect(test.engine.clientsCount).toBe(1);
  });

  it('carries a close that was asked for meanwhile', async () => {
    await using test = await TestEngine.start();
    const { client, session } = await probed(test);
    session.send('last words').close();
    client.send('5');
    expect(await client.next()).toBe('4last words');
    expect(await client.closed).toBe(1005);
    expect((await test.closing())[0]).toBe('forced close');
  });

  it.each([
    ['a message', ['4a']],
    ['a ping that is no probe', ['2']],
    ['an upgrade before the probe', ['5']],
    ['a second probe', ['2probe', '2probe']],
    ['a message after the probe', ['2probe', '4a']],
    ['garbage', ['x']],
    ['bytes', [Buffer.from([1])]],
  ])('is abandoned for %s, and the session stays on polling', async (_what, packets) => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    const client = await test.probe(sid);
    for (const packet of packets) client.send(packet);
    await client.closed;
    await until(() => !test.sockets[0]!.upgrading);
    expect(test.sockets[0]).toMatchObject({ upgraded: false, readyState: 'open', transport: { name: 'polling' } });
    expect(test.messages).toEqual([]);
    test.sockets[0]!.send('still here');
    expect((await test.get(sid)).body).toBe('4still here');
  });

  it('is abandoned when its client goes away, and may be tried again', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    const first = await test.probe(sid);
    first.send('2probe');
    await first.next();
    await first.close();
    await until(() => !test.sockets[0]!.upgrading);
    const second = await test.probe(sid);
    second.send('2probe');
    expect(await second.next()).toBe('3probe');
    second.send('5');
    await until(() => test.sockets[0]!.upgraded);
  });

  it('is abandoned after upgradeTimeout', async () => {
    await using test = await TestEngine.start({ upgradeTimeout: 50 });
    const { client, session } = await probed(test);
    expect(await client.closed).toBe(1005);
    expect(session).toMatchObject({ upgrading: false, upgraded: false, readyState: 'open' });
  });

  it('is not cut short by upgradeTimeout once it is done', async () => {
    await using test = await TestEngine.start({ upgradeTimeout: 50, pingInterval: 120 });
    const { client, session } = await probed(test, { answerPings: false });
    client.send('5');
    // The ping comes well behind the upgrade's deadline.
    expect(await client.next()).toBe('2');
    expect(session).toMatchObject({ upgraded: true, readyState: 'open' });
  });

  it('is one at a time, and once', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    const first = await test.probe(sid);
    first.send('2probe');
    await first.next();
    expect(await (await test.probe(sid)).closed).toBe(1005);
    first.send('5');
    await until(() => test.sockets[0]!.upgraded);
    expect(await (await test.probe(sid)).closed).toBe(1005);
    first.send('4a');
    await until(() => test.messages.length === 1);
  });

  it('ends with its session', async () => {
    await using test = await TestEngine.start();
    const { client, session } = await probed(test);
    session.close(true);
    expect(await client.closed).toBe(1005);
    expect(test.engine.clientsCount).toBe(0);
  });

  it('is accepted though it was not offered', async () => {
    await using test = await TestEngine.start({ allowUpgrades: false });
    expect(test.engine.upgrades('polling')).toEqual([]);
    await probed(test);
  });

  it('is offered for what is served', async () => {
    await using both = await TestEngine.start();
    expect(both.engine.upgrades('polling')).toEqual(['websocket']);
    expect(both.engine.upgrades('websocket')).toEqual([]);
    await using polling = await TestEngine.start({ transports: ['polling'] });
    expect(polling.engine.upgrades('polling')).toEqual([]);
  });

  it('leaves the heartbeat as it was', async () => {
    await using test = await TestEngine.start({ pingInterval: 100 });
    const { client, session } = await probed(test, { answerPings: false });
    client.send('5');
    const heartbeat = new Promise((resolve) => {
      session.once('heartbeat', () => resolve(undefined));
    });
    expect(await client.next()).toBe('2');
    client.send('3');
    await heartbeat;
  });
});
