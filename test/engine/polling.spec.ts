import { once } from 'node:events';
import type { Socket as TcpSocket } from 'node:net';
import { gunzipSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { TestEngine, until } from './support.js';

describe('a polling session', () => {
  it('opens with the handshake as every client knows it', async () => {
    await using test = await TestEngine.start();
    const { status, headers, body } = await test.request('?EIO=4&transport=polling');
    const { sid } = JSON.parse(body.slice(1)) as { sid: string };
    expect(body).toBe(
      `0{"sid":"${sid}","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`,
    );
    expect(body).toHaveLength(122);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/plain; charset=UTF-8',
      'content-length': '122',
      'cache-control': 'no-store',
    });
    expect(headers).not.toHaveProperty('set-cookie');
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('shows its options in the handshake', async () => {
    await using test = await TestEngine.start({
      pingInterval: 1_000,
      pingTimeout: 2_000,
      maxHttpBufferSize: 3_000,
      allowUpgrades: false,
    });
    expect((await test.request('?EIO=4&transport=polling')).body).toMatch(
      /"upgrades":\[\],"pingInterval":1000,"pingTimeout":2000,"maxPayload":3000}$/,
    );
  });

  it('carries packets both ways, joined in one body', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    const [socket] = test.sockets;
    const posted = await test.post(sid, '4a\x1e4€\x1ebAQID');
    expect(posted).toMatchObject({ status: 200, body: 'ok' });
    expect(posted.headers).toMatchObject({ 'content-type': 'text/html', 'content-length': '2' });
    expect(test.messages).toEqual(['a', '€', Buffer.from([1, 2, 3])]);
    socket!
      .send('hello')
      .send(Buffer.from([1, 2, 3, 4]))
      .send(new Uint16Array([1]).buffer);
    expect((await test.get(sid)).body).toBe('4hello\x1ebAQIDBA==\x1ebAQA=');
  });

  it('sends the initial packet with the handshake', async () => {
    await using test = await TestEngine.start({ initialPacket: 'welcome' });
    expect((await test.request('?EIO=4&transport=polling')).body.endsWith('}\x1e4welcome')).toBe(true);
  });

  it('answers a poll as soon as there is something to say', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    const poll = test.get(sid);
    await until(() => test.sockets[0]!.writable);
    test.sockets[0]!.send('a');
    expect((await poll).body).toBe('4a');
  });

  it('reads a body that comes in pieces, without a length', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    const socket = test.tcp();
    socket.write(
      `POST /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    const euro = Buffer.from('€');
    socket.write(Buffer.concat([Buffer.from('2\r\n4'), euro.subarray(0, 1), Buffer.from('\r\n')]));
    socket.write(Buffer.concat([Buffer.from('2\r\n'), euro.subarray(1), Buffer.from('\r\n0\r\n\r\n')]));
    await until(() => test.messages.length === 1);
    expect(test.messages).toEqual(['€']);
    socket.destroy();
  });

  it.each(['abc', '', '4a\x1e', '4a\x1e9'])('ends for the body %j, which is answered ok all the same', async (body) => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    expect(await test.post(sid, body)).toMatchObject({ status: 200, body: 'ok' });
    expect((await test.closing())[0]).toBe('parse error');
    expect((await test.get(sid)).body).toBe('{"code":1,"message":"Session ID unknown"}');
  });

  it('takes nothing that stands behind an invalid packet', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    await test.post(sid, '4a\x1ex\x1e4b');
    expect(test.messages).toEqual(['a']);
  });

  it('ends when two polls overlap, and both are answered', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    const first = test.get(sid);
    await until(() => test.sockets[0]!.writable);
    expect(await test.get(sid)).toMatchObject({ status: 400, body: '' });
    expect((await first).body).toBe('1');
    expect(await test.closing()).toMatchObject(['transport error', { message: 'overlap from client' }]);
  });

  it('ends when two posts overlap', async () => {
    await using test = await TestEngine.start();
    const seen = test.requests();
    const sid = await test.handshake();
    const slow = test.tcp();
    slow.on('error', () => {});
    slow.write(
      `POST /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n4a`,
    );
    await until(() => seen.length === 2);
    const answer = await test.post(sid, '4c');
    expect(answer).toMatchObject({ status: 400, body: '' });
    expect(await test.closing()).toMatchObject(['transport error', { message: 'data request overlap from client' }]);
    slow.destroy();
  });

  it('ends when its poll is aborted', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    const socket = test.tcp();
    socket.write(`GET /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await until(() => test.sockets[0]!.writable);
    socket.destroy();
    expect(await test.closing()).toMatchObject(['transport error', { message: 'poll connection closed prematurely' }]);
  });

  it('ends when its post is aborted', async () => {
    await using test = await TestEngine.start();
    const seen = test.requests();
    const sid = await test.handshake();
    const socket = test.tcp();
    socket.write(
      `POST /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n4a`,
    );
    await until(() => seen.length === 2);
    socket.end();
    expect(await test.closing()).toMatchObject([
      'transport error',
      { message: 'data request connection closed prematurely' },
    ]);
  });

  it('ends for a binary body, which this revision does not have', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    expect(await test.post(sid, Buffer.from([1]), { 'Content-Type': 'application/octet-stream' })).toMatchObject({
      status: 400,
      body: '',
    });
    expect(await test.closing()).toMatchObject(['transport error', { message: 'invalid content' }]);
  });

  it.each([
    ['with its length', { 'Content-Length': '101' }],
    ['without a length', { 'Transfer-Encoding': 'chunked' }],
  ])('refuses a body that is too large, %s, and goes on', async (_how, headers) => {
    await using test = await TestEngine.start({ maxHttpBufferSize: 100 });
    const sid = await test.handshake();
    expect(await test.post(sid, `4${'a'.repeat(100)}`, headers)).toMatchObject({ status: 413, body: '' });
    expect(await test.post(sid, `4${'a'.repeat(99)}`)).toMatchObject({ status: 200 });
    expect(test.messages).toEqual(['a'.repeat(99)]);
  });

  it('knows no other methods', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    for (const method of ['PUT', 'DELETE', 'OPTIONS']) {
      expect(await test.request(`?EIO=4&transport=polling&sid=${sid}`, { method })).toMatchObject({
        status: 500,
        body: '',
      });
    }
    expect(test.engine.clientsCount).toBe(1);
  });

  it('is closed by its client, whose poll is answered', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    const poll = test.get(sid);
    await until(() => test.sockets[0]!.writable);
    expect(await test.post(sid, '1')).toMatchObject({ status: 200, body: 'ok' });
    expect((await poll).body).toBe('6');
    expect((await test.closing())[0]).toBe('transport close');
  });

  it('is closed by the server with the open poll', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    const poll = test.get(sid);
    await until(() => test.sockets[0]!.writable);
    test.sockets[0]!.close();
    expect((await poll).body).toBe('1');
    expect((await test.closing())[0]).toBe('forced close');
  });

  it('is closed by the server with the next poll when none is open', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    test.sockets[0]!.close();
    expect(test.sockets[0]!.readyState).toBe('closing');
    expect((await test.get(sid)).body).toBe('6\x1e1');
    expect((await test.closing())[0]).toBe('forced close');
  });

  it('sends what is queued before it is closed', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    test.sockets[0]!.send('last words').close();
    expect((await test.get(sid)).body).toBe('4last words');
    expect((await test.get(sid)).body).toBe('6\x1e1');
  });

  it('lets a body come that is on its way when it ends, and gives up one that does not', async () => {
    await using test = await TestEngine.start();
    const post = async (): Promise<[TcpSocket, string]> => {
      const sid = await test.handshake();
      const seen = once(test.httpServer, 'connection');
      const tcp = test.tcp();
      const head = `POST /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n4ab`;
      tcp.write(head);
      const [accepted] = (await seen) as [TcpSocket];
      await until(() => accepted.bytesRead === head.length);
      return [tcp, sid];
    };
    const [late, lateSid] = await post();
    const [never, neverSid] = await post();
    for (const sid of [lateSid, neverSid]) test.engine.clients[sid]!.close(true);
    late.write('cde');
    expect(String((await once(late, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /);
    late.destroy();
    let answer = '';
    for await (const chunk of never) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 400 .*Connection: close/s);
    expect(test.messages).toEqual([]);
  });

  it('is closed at once when what is queued may be lost', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    test.sockets[0]!.send('lost').close(true);
    expect((await test.closing())[0]).toBe('forced close');
    expect((await test.get(sid)).body).toBe('{"code":1,"message":"Session ID unknown"}');
  });

  it('tells old browsers not to look for attacks', async () => {
    await using test = await TestEngine.start();
    const { headers } = await test.request('?EIO=4&transport=polling', {
      headers: { 'User-Agent': 'Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko' },
    });
    expect(headers['x-xss-protection']).toBe('0');
    expect((await test.request('?EIO=4&transport=polling')).headers).not.toHaveProperty('x-xss-protection');
  });
});

describe('compression of polling answers', () => {
  const text = 'a'.repeat(2_000);

  async function poll(test: TestEngine, encoding: string, compress = true) {
    const sid = await test.handshake();
    test.sockets.at(-1)!.send(text, { compress });
    return test.get(sid, { 'Accept-Encoding': encoding });
  }

  it.each([
    ['gzip', gunzipSync],
    ['gzip, deflate, br', gunzipSync],
    ['gzip;q=0.5, deflate', inflateSync],
    ['deflate', inflateSync],
    ['*', gunzipSync],
  ] as const)('follows Accept-Encoding: %s', async (encoding, decode) => {
    await using test = await TestEngine.start();
    const { headers, body } = await poll(test, encoding);
    expect(headers['content-encoding']).toBe(decode === gunzipSync ? 'gzip' : 'deflate');
    expect(headers['content-length']).toBe(String(Buffer.byteLength(body, 'latin1')));
    expect(decode(Buffer.from(body, 'latin1')).toString()).toBe(`4${text}`);
  });

  it.each(['br', 'identity', 'gzip;q=0', ''])('leaves the answer alone for Accept-Encoding: %s', async (encoding) => {
    await using test = await TestEngine.start();
    expect(await poll(test, encoding)).toMatchObject({ body: `4${text}` });
  });

  it('begins at its threshold, where it is on, for packets that may be compressed', async () => {
    await using small = await TestEngine.start({ httpCompression: { threshold: 2_002 } });
    expect((await poll(small, 'gzip')).headers).not.toHaveProperty('content-encoding');
    await using off = await TestEngine.start({ httpCompression: false });
    expect((await poll(off, 'gzip')).headers).not.toHaveProperty('content-encoding');
    await using exact = await TestEngine.start({ httpCompression: { threshold: 2_001 } });
    expect((await poll(exact, 'gzip')).headers['content-encoding']).toBe('gzip');
    expect((await poll(exact, 'gzip', false)).headers).not.toHaveProperty('content-encoding');
  });
});
