import { describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { TestEngine, until } from './support.js';

const query = '?EIO=3&transport=polling';

/** Opens a polling session of revision 3. */
async function handshake(test: TestEngine, more = '&b64=1'): Promise<{ sid: string; at: string }> {
  const { body } = await test.request(`${query}${more}`);
  const { sid } = JSON.parse(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1)) as { sid: string };
  return { sid, at: `${query}${more}&sid=${sid}` };
}

/** Opens a WebSocket of revision 3, and collects what it receives behind the handshake. */
async function openWebSocket(test: TestEngine, more = ''): Promise<{ webSocket: WebSocket; received: unknown[] }> {
  const webSocket = new WebSocket(`${test.url}/engine.io/?EIO=3&transport=websocket${more}`);
  const received: unknown[] = [];
  webSocket.on('message', (data: Buffer, isBinary) => received.push(isBinary ? data.toString('hex') : data.toString()));
  await until(() => received.length === 1);
  expect(received.shift()).toMatch(/^0\{"sid":"/);
  return { webSocket, received };
}

describe('Engine.IO 3', () => {
  it('is refused where it is not allowed, before any 101', async () => {
    await using test = await TestEngine.start();
    expect(await test.request(query)).toMatchObject({
      status: 400,
      body: '{"code":5,"message":"Unsupported protocol version"}',
    });
    expect(await test.raw(test.upgradeRequest('?EIO=3&transport=websocket'))).toMatch(
      /^HTTP\/1\.1 400 [\s\S]*\r\n\r\nUnsupported protocol version$/,
    );
  });

  it.each(['EIO=3', 'EIO=5', 'EIO=abc', ''])('is what clients speak that send %j', async (eio) => {
    await using test = await TestEngine.start({ allowEIO3: true });
    await test.request(`?${eio}&transport=polling`);
    expect(test.sockets[0]!.protocol).toBe(3);
  });

  it('leaves clients of revision 4 as they are', async () => {
    await using test = await TestEngine.start({ allowEIO3: true });
    const sid = await test.handshake();
    expect(test.sockets[0]!.protocol).toBe(4);
    test.sockets[0]!.send('a').send(Buffer.from([1]));
    expect((await test.get(sid)).body).toBe('4a\x1ebAQ==');
    expect((await test.request(`?EIO=3&transport=polling&sid=${sid}`)).status).toBe(400);
  });

  it('opens with a length in front', async () => {
    await using test = await TestEngine.start({ allowEIO3: true });
    const { headers, body } = await test.request(`${query}&b64=1`);
    const [, length, packet] = /^(\d+):(0\{"sid":.*\})$/.exec(body)!;
    expect(packet).toHaveLength(Number(length));
    expect(headers['content-type']).toBe('text/plain; charset=UTF-8');
  });

  it('counts UTF-16 units in text bodies, both ways', async () => {
    await using test = await TestEngine.start({ allowEIO3: true });
    const { at } = await handshake(test);
    expect(await test.request(at, { method: 'POST', body: '3:4€!8:b4AQIDBA' })).toMatchObject({ body: 'ok' });
    expect(await test.request(at, { method: 'POST', body: '14:42["euro","€"]' })).toMatchObject({ body: 'ok' });
    expect(test.messages.slice(0, 1)).toEqual(['€!']);
    expect(test.messages.at(-1)).toBe('2["euro","€"]');
    test.sockets[0]!.send('€').send(Buffer.from([1, 2, 3, 4]));
    expect((await test.request(at)).body).toBe('2:4€10:b4AQIDBA==');
  });

  it('answers with bytes where a packet is bytes, and the client can read them', async () => {
    await using test = await TestEngine.start({ allowEIO3: true });
    const { at } = await handshake(test, '');
    const [socket] = test.sockets;
    socket!.send('€').send(Buffer.from([1, 2]));
    const response = await fetch(`${test.url}/engine.io/${at}`);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(Buffer.from(await response.arrayBuffer()).toString('hex')).toBe('0004ff34e282ac0103ff040102');
    socket!.send('text alone');
    expect((await test.request(at)).body).toBe('11:4text alone');
  });

  it('takes bytes in a POST', async () => {
    await using test = await TestEngine.start({ allowEIO3: true });
    const { at } = await handshake(test, '');
    const body = Buffer.from('0004ff34e282ac0103ff040102', 'hex');
    const headers = { 'Content-Type': 'application/octet-stream' };
    expect(await test.request(at, { method: 'POST', body, headers })).toMatchObject({ status: 200, body: 'ok' });
    expect(test.messages).toEqual(['€', Buffer.from([1, 2])]);
  });

  it.each(['', 'abc', '5:4a', '2:4a9', '1:9', ':4a'])('ends the session for the body %j', async (body) => {
    await using test = await TestEngine.start({ allowEIO3: true });
    const { at } = await handshake(test);
    expect(await test.request(at, { method: 'POST', body })).toMatchObject({ status: 200, body: 'ok' });
    expect((await test.closing())[0]).toBe('parse error');
  });

  it('has bytes carry their type over WebSocket', async () => {
    await using test = await TestEngine.start({ allowEIO3: true });
    const { webSocket, received } = await openWebSocket(test);
    webSocket.send('4a');
    webSocket.send(Buffer.from('04ff00', 'hex'));
    webSocket.send('b4AQI=');
    await until(() => test.messages.length === 3);
    expect(test.messages).toEqual(['a', Buffer.from([255, 0]), Buffer.from([1, 2])]);
    test.sockets[0]!.send('out').send(Buffer.from([1, 2]));
    await until(() => received.length === 2);
    expect(received).toEqual(['4out', '040102']);
    webSocket.terminate();
  });

  it.each([
    ['EIO=3', 'b4AQI='],
    ['EIO=4', 'bAQI='],
  ])('%s with b64=1 has bytes as text over WebSocket', async (eio, expected) => {
    await using test = await TestEngine.start({ allowEIO3: true });
    const webSocket = new WebSocket(`${test.url}/engine.io/?${eio}&transport=websocket&b64=1`);
    const received: unknown[] = [];
    webSocket.on('message', (data: Buffer, isBinary) => received.push([data.toString(), isBinary]));
    await until(() => received.length === 1);
    const bytes = Buffer.from([1, 2]);
    test.sockets[0]!.send(bytes);
    bytes.fill(0);
    await until(() => received.length === 2);
    expect(received[1]).toEqual([expected, false]);
    webSocket.terminate();
  });

  it.each([Buffer.alloc(0), Buffer.from([9])])('ends the session for the bytes %j', async (bytes) => {
    await using test = await TestEngine.start({ allowEIO3: true });
    const { webSocket } = await openWebSocket(test);
    webSocket.send(bytes);
    expect((await test.closing())[0]).toBe('parse error');
    webSocket.terminate();
  });

  it('keeps bytes as they were when they were sent', async () => {
    await using test = await TestEngine.start({ allowEIO3: true });
    const { at } = await handshake(test);
    const bytes = Buffer.from([1, 2, 3, 4]);
    test.sockets[0]!.send(bytes);
    bytes.fill(0);
    expect((await test.request(at)).body).toBe('10:b4AQIDBA==');
  });

  it('has the client ping, and the server answer', async () => {
    await using test = await TestEngine.start({ allowEIO3: true });
    const { webSocket, received } = await openWebSocket(test);
    let heartbeats = 0;
    test.sockets[0]!.on('heartbeat', () => heartbeats++);
    webSocket.send('2');
    await until(() => received.length === 1);
    expect(received).toEqual(['3']);
    expect(heartbeats).toBe(1);
    webSocket.terminate();
  });

  it('ends when the client is silent for both intervals together', async () => {
    await using test = await TestEngine.start({ allowEIO3: true, pingInterval: 20, pingTimeout: 30 });
    const { webSocket, received } = await openWebSocket(test);
    expect((await test.closing())[0]).toBe('ping timeout');
    expect(received).toEqual([]);
    webSocket.terminate();
  });

  it('ends when the client answers where it should ask', async () => {
    await using test = await TestEngine.start({ allowEIO3: true });
    const { webSocket } = await openWebSocket(test);
    webSocket.send('3');
    expect(await test.closing()).toMatchObject(['transport error', { message: 'invalid heartbeat direction' }]);
    webSocket.terminate();
  });

  it('goes over to WebSocket like revision 4', async () => {
    await using test = await TestEngine.start({ allowEIO3: true });
    const { sid } = await handshake(test);
    test.sockets[0]!.send('before').send(Buffer.from([7]));
    const webSocket = new WebSocket(`${test.url}/engine.io/?EIO=3&transport=websocket&sid=${sid}`);
    const received: string[] = [];
    webSocket.on('message', (data: Buffer) => received.push(data.toString('latin1')));
    webSocket.on('open', () => webSocket.send('2probe'));
    await until(() => received.length === 1);
    webSocket.send('5');
    await until(() => received.length === 3);
    expect(received).toEqual(['3probe', '4before', '\x04\x07']);
    webSocket.terminate();
  });

  it('is closed with its own packets', async () => {
    await using test = await TestEngine.start({ allowEIO3: true });
    const { at } = await handshake(test);
    test.sockets[0]!.close();
    expect((await test.request(at)).body).toBe('1:61:1');
  });
});
