import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { sessionRelay } from '../../lib/cluster/session-relay/index.js';
import { SessionSeal } from '../../lib/cluster/session-relay/session-seal.js';
import { TestEngine } from '../engine/support.js';
import { temporaryFolder } from '../support/cluster-process.js';
import { until } from '../support/waiting.js';
import { secret, startNode, startSilentHost, startTcp } from './support.js';

const host = '127.0.0.1';
const unknown = { code: 1, message: 'Session ID unknown' };
const ownerAt = (address: string): string => new SessionSeal([Buffer.from(secret)]).seal(address);

describe('a node that has not the session', () => {
  it('passes polls and posts on to the one that has, and its answers back as they are', async () => {
    await using owner = await startNode({ cors: { origin: 'https://app.example', credentials: true } });
    await using other = await startNode({ cors: { origin: 'https://wrong.example' } });
    const sid = await owner.test.handshake();
    const posted = await other.test.post(sid, '4hello', { Origin: 'https://app.example' });
    expect([posted.status, posted.body]).toEqual([200, 'ok']);
    expect(posted.headers['access-control-allow-origin']).toBe('https://app.example');
    expect(posted.headers['access-control-allow-credentials']).toBe('true');
    expect(Object.keys(posted.headers).filter((name) => name.includes('rookery'))).toEqual([]);
    expect(owner.test.messages).toEqual(['hello']);
    const poll = other.test.get(sid);
    await until(() => owner.test.sockets[0]!.transport.writable);
    owner.test.sockets[0]!.send('world');
    expect((await poll).body).toBe('4world');
    expect(other.relay.health).toMatchObject({ isUp: true, active: 0, relayed: 2, failed: 0, refused: 0, rejected: 0 });
    expect(owner.relay.health).toMatchObject({ relayed: 0 });
  });

  it('leaves the middlewares to the owner, who sees the address of the client', async () => {
    await using owner = await startNode();
    await using other = await startNode();
    const sid = await owner.test.handshake();
    const seen = owner.test.requests();
    const seenByOther = other.test.requests();
    await other.test.post(sid, '4hello', { 'X-Forwarded-For': '203.0.113.9', 'X-Rookery-Relay': 'not yours' });
    expect(seenByOther).toEqual([]);
    const [{ socket, headers, rawHeaders }] = seen as [(typeof seen)[0]];
    expect(socket.remoteAddress).toBe('127.0.0.1');
    expect(socket.remotePort).toBeGreaterThan(0);
    expect(headers['x-forwarded-for']).toBe('203.0.113.9');
    expect(headers['x-rookery-relay']).toBeUndefined();
    expect(rawHeaders.join('\n').toLowerCase()).not.toContain('rookery');
    expect(headers.host).toBe(`127.0.0.1:${other.test.port}`);
  });

  it('takes a session on to WebSocket', async () => {
    await using owner = await startNode();
    await using other = await startNode();
    const sid = await owner.test.handshake();
    const probe = await other.test.probe(sid);
    const poll = other.test.get(sid);
    const [session] = owner.test.sockets;
    await until(() => session!.writable);
    probe.send('2probe');
    expect(await probe.next()).toBe('3probe');
    expect((await poll).body).toBe('6');
    probe.send('5');
    await until(() => session!.upgraded);
    session!.send('over there');
    session!.send(Buffer.from([1, 2, 3]));
    expect(await probe.next()).toBe('4over there');
    expect(await probe.next()).toEqual(Buffer.from([1, 2, 3]));
    probe.send('4and back');
    await until(() => owner.test.messages.length === 1);
    expect(other.relay.health.active).toBe(1);
    await probe.close();
    expect((await owner.test.closing())[0]).toBe('transport close');
    await until(() => other.relay.health.active === 0);
  });

  it('passes on what came behind the head of an upgrade', async () => {
    await using owner = await startNode();
    await using other = await startNode();
    const sid = await owner.test.handshake();
    const socket = other.test.tcp();
    // The frame `2probe`, masked with zeros, in the same segment.
    const frame = Buffer.concat([Buffer.from([0x81, 0x86, 0, 0, 0, 0]), Buffer.from('2probe')]);
    const head = other.test.upgradeRequest(`?EIO=4&transport=websocket&sid=${sid}`);
    socket.write(Buffer.concat([Buffer.from(head), frame]));
    let read = '';
    for await (const chunk of socket) {
      read += String(chunk);
      if (read.includes('3probe')) break;
    }
    expect(read).toMatch(/^HTTP\/1\.1 101 /);
  });

  it('serves clients of Engine.IO 3, and JSONP', async () => {
    await using owner = await startNode({ allowEIO3: true });
    await using other = await startNode({ allowEIO3: true });
    const { body } = await owner.test.request('?EIO=3&transport=polling&b64=1');
    const { sid } = JSON.parse(body.slice(body.indexOf('{'), body.indexOf('}') + 1)) as { sid: string };
    expect(
      (await other.test.request(`?EIO=3&transport=polling&b64=1&sid=${sid}`, { method: 'POST', body: '4:4héé' })).body,
    ).toBe('ok');
    const jsonp = await owner.test.request('?EIO=4&transport=polling&j=0');
    const jsonpSid = /sid\\?":\\?"([\w-]+)/.exec(jsonp.body)![1]!;
    owner.test.sockets[1]!.send('x');
    const answer = await other.test.request(`?EIO=4&transport=polling&j=7&sid=${jsonpSid}`);
    expect(answer.body).toBe('___eio[0]("4x");');
    const direct = await owner.test.request('?EIO=4&transport=polling&j=1');
    expect(answer.headers['content-type']).toBe(direct.headers['content-type']);
    expect(owner.test.messages).toEqual(['héé']);
  });

  it('has bodies that are too large refused by the owner, and the session goes on', async () => {
    await using owner = await startNode({ maxHttpBufferSize: 100_000 });
    await using other = await startNode({ maxHttpBufferSize: 10 });
    const sid = await owner.test.handshake();
    expect((await other.test.post(sid, `4${'x'.repeat(50_000)}`)).body).toBe('ok');
    for (let run = 0; run < 20; run++) {
      const { status, headers } = await other.test.post(sid, 'x'.repeat(3_000_000));
      expect([status, headers.connection]).toEqual([413, 'close']);
    }
    // Without a length in advance.
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest(`${other.test.url}/engine.io/?EIO=4&transport=polling&sid=${sid}`, {
        method: 'POST',
      });
      request.once('response', (answer) => resolve(answer.resume().statusCode));
      request.once('error', reject);
      for (let count = 0; count < 40; count++) request.write(Buffer.alloc(65_536));
      request.end();
    });
    expect(status).toBe(413);
    expect((await other.test.post(sid, '4still here')).body).toBe('ok');
    expect(other.relay.health).toMatchObject({ active: 0, failed: 0 });
  });

  it('ends a poll for the owner when the client goes, and for the client when the owner does', async () => {
    await using owner = await startNode();
    await using other = await startNode();
    const sid = await owner.test.handshake();
    const request = httpRequest(`${other.test.url}/engine.io/?EIO=4&transport=polling&sid=${sid}`).end();
    request.on('error', () => {});
    await until(() => owner.test.sockets[0]!.writable);
    request.destroy();
    expect((await owner.test.closing())[0]).toBe('transport error');
    await until(() => other.relay.health.active === 0);

    const second = await owner.test.handshake();
    const seen = owner.test.requests();
    const poll = other.test.get(second);
    await until(() => owner.test.sockets[1]!.writable);
    seen[0]!.socket.destroy();
    expect(JSON.parse((await poll).body)).toEqual(unknown);
    expect((await owner.test.closing())[0]).toBe('transport error');
  });

  it('cuts the answer that the owner does not finish', async () => {
    await using owner = await startNode();
    await using other = await startNode();
    const sid = await owner.test.handshake();
    owner.test.engine.use((_request, response) => {
      response.writeHead(200, { 'Content-Length': '10' });
      response.write('half');
      setImmediate(() => response.destroy());
    });
    const outcome = other.test.tcp();
    outcome.write(`GET /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    let read = '';
    for await (const chunk of outcome.on('error', () => {})) read += String(chunk);
    expect(read).not.toContain('unknown');
    await until(() => other.relay.health.active === 0);
  });

  it('passes no more on to one owner than maxConnectionsPerNode', async () => {
    await using owner = await startNode();
    await using other = await startNode({}, { secret, maxConnectionsPerNode: 2 });
    const sids = [await owner.test.handshake(), await owner.test.handshake(), await owner.test.handshake()];
    const polls = sids.slice(0, 2).map((sid) => other.test.get(sid));
    await until(() => owner.test.sockets.slice(0, 2).every(({ writable }) => writable));
    expect(other.relay.health.active).toBe(2);
    expect(JSON.parse((await other.test.get(sids[2]!)).body)).toEqual(unknown);
    const upgrade = other.test.upgradeRequest(`?EIO=4&transport=websocket&sid=${sids[2]}`);
    expect(await other.test.raw(upgrade)).toContain('Session ID unknown');
    expect(other.relay.health).toMatchObject({ active: 2, relayed: 0, refused: 2 });
    for (const socket of owner.test.sockets) socket.send('x');
    for (const poll of polls) expect((await poll).body).toBe('4x');
    expect((await other.test.get(sids[2]!)).body).toBe('4x');
  });

  it('holds little of a large answer for a client that does not read', async () => {
    await using owner = await startNode({ httpCompression: false });
    await using other = await startNode();
    const sid = await owner.test.handshake();
    const size = 64 * 1_024 * 1_024;
    owner.test.sockets[0]!.send(Buffer.alloc(size, 'x').toString('latin1'));
    const { emit } = other.test.httpServer;
    const sent: { socket: { bytesWritten: number; writableLength: number } }[] = [];
    other.test.httpServer.emit = function (this: unknown, event: string, ...args: never[]): boolean {
      if (event === 'request') sent.push(args[1] as never);
      return Reflect.apply(emit as () => boolean, this, [event, ...args]);
    } as never;
    const request = httpRequest(`${other.test.url}/engine.io/?EIO=4&transport=polling&sid=${sid}`).end();
    const answer = await new Promise<IncomingMessage>((resolve) => request.once('response', resolve));
    // Nothing is read: it fills the buffers of the operating system, and then rests.
    let before = -1;
    for (let same = 0; same < 50; same = sent[0]!.socket!.bytesWritten === before ? same + 1 : 0) {
      before = sent[0]!.socket!.bytesWritten;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(sent[0]!.socket!.bytesWritten).toBeLessThan(size / 2);
    expect(sent[0]!.socket!.writableLength).toBeLessThan(1_000_000);
    let read = 0;
    for await (const chunk of answer) read += (chunk as Buffer).length;
    expect(read).toBe(size + 1);
  });
});

describe('a session whose owner is gone', () => {
  it('is unknown at once: no process, no socket, no network', async () => {
    await using other = await startNode({ cors: { origin: 'https://app.example' } }, { secret });
    for (const address of [
      '127.0.0.1:1',
      '/nowhere/relay',
      `/tmp/${'x'.repeat(100)}`,
      'host.invalid:7001',
      '[::1]:1',
    ]) {
      const { status, headers, body } = await other.test.get(ownerAt(address), { Origin: 'https://app.example' });
      expect([address, status, JSON.parse(body)]).toEqual([address, 400, unknown]);
      expect(headers['access-control-allow-origin']).toBe('https://app.example');
      expect(headers['content-type']).toBe('application/json');
      expect((await other.test.post(ownerAt(address), `4${'x'.repeat(200_000)}`)).status).toBe(400);
      const upgraded = await other.test.raw(
        other.test.upgradeRequest(`?EIO=4&transport=websocket&sid=${ownerAt(address)}`),
      );
      expect(upgraded).toMatch(/^HTTP\/1\.1 400 [\s\S]*Session ID unknown$/);
    }
    expect(other.relay.health).toMatchObject({ relayed: 0, failed: 15, active: 0 });
  });

  it('is unknown to the one that has taken its place, which passes it no further', async () => {
    await using other = await startNode();
    await using owner = await startNode();
    const lost = ownerAt(owner.relay.address!);
    const errors: { req: { url?: string }; code: number }[] = [];
    owner.test.engine.on('connection_error', (error: never) => errors.push(error));
    expect(JSON.parse((await other.test.get(lost)).body)).toEqual(unknown);
    expect(JSON.parse((await owner.test.get(lost)).body)).toEqual(unknown);
    expect(errors.map(({ code }) => code)).toEqual([1, 1]);
    expect(owner.relay.health).toMatchObject({ relayed: 0, failed: 0, active: 0 });
  });

  it('is unknown when somebody else listens where it was', async () => {
    await using other = await startNode();
    await using owner = await startNode({}, { secret: 'another secret, also of 32 characters or more' });
    expect(JSON.parse((await other.test.get(ownerAt(owner.relay.address!))).body)).toEqual(unknown);
    expect(owner.relay.health.rejected).toBe(1);
    expect(other.relay.health).toMatchObject({ relayed: 0, failed: 1 });
  });

  it('is unknown when the connection takes longer than connectTimeout', async () => {
    await using silent = await startSilentHost();
    await using other = await startNode({}, { secret, connectTimeout: 50 });
    const sid = ownerAt(`127.0.0.1:${silent.port}`);
    expect(JSON.parse((await other.test.get(sid)).body)).toEqual(unknown);
    const upgraded = await other.test.raw(other.test.upgradeRequest(`?EIO=4&transport=websocket&sid=${sid}`));
    expect(upgraded).toContain('Session ID unknown');
    expect(other.relay.health).toMatchObject({ active: 0, relayed: 0, failed: 2 });
  });
});

describe('ids that no node has made', () => {
  it('open no connection', async () => {
    await using stranger = await startTcp();
    await using other = await startNode();
    const address = `127.0.0.1:${stranger.port}`;
    const real = ownerAt(address);
    const forged = [
      new SessionSeal([Buffer.from('a secret that the attacker has made up')]).seal(address),
      address,
      Buffer.from(address).toString('base64url'),
      encodeURIComponent(`${real}/`),
      ...Array.from(real, (_character, at) => real.slice(0, at)).slice(1),
      ...Array.from(real, (character, at) => real.slice(0, at) + (character === 'A' ? 'B' : 'A') + real.slice(at + 1)),
    ];
    for (const sid of forged) expect(JSON.parse((await other.test.get(sid)).body)).toEqual(unknown);
    expect(other.relay.health).toMatchObject({ relayed: 0, failed: 0 });
    expect(stranger.sockets).toHaveLength(0);
    // That one would have been seen.
    void other.test.get(real).catch(() => {});
    await until(() => stranger.sockets.length === 1);
  });
});

describe('the listener for other nodes', () => {
  it('answers 404 to whoever is no node, and shows nothing', async () => {
    await using owner = await startNode({}, { secret, listen: { host } });
    const sid = await owner.test.handshake();
    const [, port] = owner.relay.address!.split(':');
    for (const header of ['', '1;0;request;127.0.0.1;1;0;AAAA', `1;${Date.now()};request;;0;0;${'A'.repeat(43)}`]) {
      const status = await new Promise((resolve, reject) => {
        const request = httpRequest({
          host,
          port,
          path: `/engine.io/?EIO=4&transport=polling&sid=${sid}`,
          headers: { 'x-rookery-relay': header },
        });
        request
          .once('response', (answer) => resolve(answer.resume().statusCode))
          .once('error', reject)
          .end();
      });
      expect(status).toBe(404);
    }
    const socket = connect(Number(port), host).on('error', () => {});
    socket.write(owner.test.upgradeRequest(`?EIO=4&transport=websocket&sid=${sid}`));
    let read = '';
    for await (const chunk of socket) read += String(chunk);
    expect(read).toBe('');
    expect(owner.relay.health.rejected).toBe(4);
    expect(owner.test.sockets[0]!.readyState).toBe('open');
  });

  it('is a unix socket in a folder of its own, which is gone when the engine is closed', async () => {
    const node = await startNode();
    const path = node.relay.address!;
    expect(existsSync(path)).toBe(true);
    await node[Symbol.asyncDispose]();
    expect(existsSync(dirname(path))).toBe(false);
    expect(node.relay.address).toBeUndefined();
  });

  it('takes the place of a socket that a killed process has left, and not that of another node', async () => {
    const listen = { path: join(temporaryFolder('relay'), 'relay') };
    const program = `require('node:net').createServer().listen(${JSON.stringify(listen.path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', program]);
    expect(existsSync(listen.path)).toBe(true);
    await using first = await startNode({}, { secret, listen });
    expect(first.relay.address).toBe(listen.path);
    await expect(startNode({}, { secret, listen })).rejects.toMatchObject({
      code: 'SESSION_RELAY_FAILED',
      message: expect.stringContaining('EADDRINUSE'),
    });
  });
});

describe('a node that closes', () => {
  it('has the polls answered that it passes on, and ends the upgrades: the sessions live on', async () => {
    await using owner = await startNode();
    const other = await startNode();
    const sid = await owner.test.handshake();
    const poll = other.test.get(sid);
    await until(() => owner.test.sockets[0]!.writable);
    await other.test.engine.drain(60_000);
    expect(await poll).toMatchObject({ status: 200, body: '6', headers: { connection: 'close' } });
    expect(owner.test.sockets[0]!.readyState).toBe('open');
    expect((await owner.test.post(sid, '4hello')).body).toBe('ok');
    expect(other.relay.health.active).toBe(0);
    expect(await other.test.get(sid)).toMatchObject({ status: 503, headers: { connection: 'close' } });
    await other[Symbol.asyncDispose]();

    await using third = await startNode();
    const probe = await third.test.probe(sid);
    await third.test.engine.drain(60_000);
    await probe.closed;
    expect(owner.test.sockets[0]!.readyState).toBe('open');
  });

  it('has its own sessions closed where their polls were passed on, before its listener is', async () => {
    const owner = await startNode();
    await using other = await startNode();
    const sid = await owner.test.handshake();
    const poll = other.test.get(sid);
    await until(() => owner.test.sockets[0]!.writable);
    const path = owner.relay.address!;
    await owner.test.engine.drain(60_000);
    expect((await poll).body).toBe('1');
    expect(existsSync(path)).toBe(false);
    expect(JSON.parse((await other.test.get(sid)).body)).toEqual(unknown);
    await owner[Symbol.asyncDispose]();
  });

  it('cuts what its timeout is too short for', async () => {
    await using owner = await startNode();
    await using other = await startNode();
    const sid = await owner.test.handshake();
    const upload = httpRequest(`${other.test.url}/engine.io/?EIO=4&transport=polling&sid=${sid}`, {
      method: 'POST',
      headers: { 'Content-Length': '10' },
    });
    const cut = new Promise((resolve) => upload.once('error', resolve));
    upload.write('4half');
    await until(() => other.relay.health.active === 1);
    // A second one, as when the HTTP server closes meanwhile, waits for the first.
    await Promise.all([other.test.engine.drain(20), other.test.engine.drain(60_000)]);
    await cut;
    expect(other.relay.health.active).toBe(0);
  });

  it('listens again when it is attached again, and shares its listener with other engines of the process', async () => {
    const relay = sessionRelay({ secret, listen: { host } });
    await using one = await TestEngine.start({ sessionRouting: relay });
    await using two = await TestEngine.start({ sessionRouting: relay });
    await using other = await startNode();
    const sids = [await one.handshake(), await two.handshake()];
    for (const sid of sids) expect((await other.test.post(sid, '4x')).body).toBe('ok');
    expect([one.messages, two.messages]).toEqual([['x'], ['x']]);
    const { address } = relay;
    one.engine.close();
    await one.engine.routingClosed();
    expect(relay.address).toBe(address);
    two.engine.close();
    await two.engine.routingClosed();
    expect(relay.address).toBeUndefined();
    two.engine.attach(two.httpServer);
    await two.engine.routingReady();
    expect((await other.test.post(await two.handshake(), '4again')).body).toBe('ok');
    expect(two.messages).toEqual(['x', 'again']);
  });
});

describe('an engine without sessionRouting', () => {
  it('makes its ids as ever', async () => {
    await using test = await TestEngine.start();
    expect(await test.handshake()).toMatch(/^[\w-]{24}$/);
    await test.engine.routingReady();
    await test.engine.routingClosed();
  });
});
