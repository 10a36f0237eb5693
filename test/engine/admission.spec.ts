import { describe, expect, it } from '@jest/globals';
import { admit } from '../../lib/engine/admission.js';
import type { ConnectionError } from '../../lib/engine/index.js';
import { TestEngine } from './support.js';

const unknownTransport = { code: 0, message: 'Transport unknown' };
const unknownSid = { code: 1, message: 'Session ID unknown' };
const badMethod = { code: 2, message: 'Bad handshake method' };
const badRequest = { code: 3, message: 'Bad request' };
const unsupported = { code: 5, message: 'Unsupported protocol version' };

/** Requests that are refused: query, what the client is told, what `connection_error` says of it. */
const refusals: [query: string, error: { code: number; message: string }, context: object][] = [
  ['', unknownTransport, { transport: undefined }],
  ['EIO=4', unknownTransport, { transport: undefined }],
  ['EIO=4&transport=tcp', unknownTransport, { transport: 'tcp' }],
  ['EIO=4&transport=__proto__', unknownTransport, { transport: '__proto__' }],
  ['EIO=4&transport=constructor', unknownTransport, { transport: 'constructor' }],
  ['EIO=4&transport=webtransport', unknownTransport, { transport: 'webtransport' }],
  ['EIO=4&transport=polling&sid=unknown', unknownSid, { sid: 'unknown' }],
  ['EIO=4&transport=polling&sid=__proto__', unknownSid, { sid: '__proto__' }],
  ['EIO=4&transport=polling&sid=hasOwnProperty', unknownSid, { sid: 'hasOwnProperty' }],
  ['EIO=3&transport=polling', unsupported, { protocol: '3' }],
  ['EIO=5&transport=polling', unsupported, { protocol: '5' }],
  ['EIO=abc&transport=polling', unsupported, { protocol: 'abc' }],
  ['transport=polling', unsupported, { protocol: undefined }],
  ['EIO=4&transport=websocket', badRequest, { name: 'TRANSPORT_HANDSHAKE_ERROR' }],
];

async function observed(test: TestEngine): Promise<ConnectionError> {
  return new Promise((resolve) => {
    test.engine.once('connection_error', resolve);
  });
}

describe('a refused HTTP request', () => {
  it.each(refusals)('is told why: ?%s', async (query, error, context) => {
    await using test = await TestEngine.start();
    const seen = observed(test);
    const answer = await test.request(`/engine.io/${query && `?${query}`}`);
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.body).toBe(JSON.stringify(error));
    const { req, ...rest } = await seen;
    expect(rest).toEqual({ ...error, context });
    expect(req.url).toBe(`/engine.io/${query && `?${query}`}`);
    expect(test.engine.clientsCount).toBe(0);
  });

  it.each(['POST', 'PUT', 'OPTIONS', 'HEAD'])('is told that %s opens no session', async (method) => {
    await using test = await TestEngine.start();
    const seen = observed(test);
    const answer = await test.request('?EIO=4&transport=polling', { method });
    expect(answer.status).toBe(400);
    expect(answer.body).toBe(method === 'HEAD' ? '' : JSON.stringify(badMethod));
    expect((await seen).context).toEqual({ method });
  });

  it('is told that its origin cannot stand in a header, whatever else it asks for', () => {
    // Node's own parser lets no such request through; other HTTP servers may.
    for (const sid of [undefined, 'unknown']) {
      const facts = {
        method: 'GET',
        origin: 'a\x7fb',
        isUpgrade: false,
        query: { EIO: '4', transport: 'polling', sid },
      };
      expect(admit(facts, () => undefined, { transports: ['polling'], allowEIO3: false })).toMatchObject({
        kind: 'rejection',
        code: 3,
        context: { name: 'INVALID_ORIGIN' },
      });
    }
  });

  it('is told that the session is on another transport', async () => {
    await using test = await TestEngine.start();
    const { sid } = await test.webSocket();
    const seen = observed(test);
    expect(await test.get(sid)).toMatchObject({ status: 400, body: JSON.stringify(badRequest) });
    expect((await seen).context).toEqual({
      name: 'TRANSPORT_MISMATCH',
      transport: 'polling',
      previousTransport: 'websocket',
    });
  });

  it('is told that the session speaks another revision', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    const seen = observed(test);
    expect(await test.request(`?EIO=3&transport=polling&sid=${sid}`)).toMatchObject({ status: 400 });
    expect((await seen).context).toEqual({ name: 'PROTOCOL_MISMATCH', protocol: '3', previousProtocol: 4 });
    expect(test.engine.clientsCount).toBe(1);
  });

  it('counts with the last of several values', async () => {
    await using test = await TestEngine.start();
    expect(await test.request('?EIO=3&EIO=4&transport=tcp&transport=polling')).toMatchObject({ status: 200 });
  });
});

describe('a refused upgrade', () => {
  it.each(refusals.filter(([query]) => query !== 'EIO=4&transport=websocket'))(
    'is told why before any 101: ?%s',
    async (query, { message }, context) => {
      await using test = await TestEngine.start();
      const seen = observed(test);
      // What is wrong with a polling request is as wrong with an upgrade.
      const upgrade = query.replace('transport=polling', 'transport=websocket');
      expect(await test.raw(test.upgradeRequest(`?${upgrade}`))).toBe(
        'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-type: text/html\r\n' +
          `Content-Length: ${message.length}\r\n\r\n${message}`,
      );
      expect((await seen).context).toEqual(context);
    },
  );

  it('is told that polling is not a WebSocket', async () => {
    await using test = await TestEngine.start();
    expect(await test.raw(test.upgradeRequest('?EIO=4&transport=polling'))).toContain('\r\n\r\nBad request');
  });

  it('is told that the session it belongs to speaks another revision', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    const seen = observed(test);
    expect(await test.raw(test.upgradeRequest(`?EIO=3&transport=websocket&sid=${sid}`))).toContain('Bad request');
    expect((await seen).context).toMatchObject({ name: 'PROTOCOL_MISMATCH' });
    expect(test.engine.clientsCount).toBe(1);
  });

  it('survives a reset at any moment', async () => {
    await using test = await TestEngine.start();
    for (const path of ['?EIO=4&transport=websocket', '?EIO=4&transport=tcp', '/elsewhere']) {
      const socket = test.tcp();
      socket.on('error', () => {});
      socket.write(test.upgradeRequest(path));
      socket.resetAndDestroy();
    }
    expect(await test.handshake()).toHaveLength(24);
    expect(test.errors).toEqual([]);
  });

  it('is closed for garbage behind its request, and nothing else is', async () => {
    await using test = await TestEngine.start();
    const answer = await test.raw(`${test.upgradeRequest('?EIO=4&transport=websocket')}garbage, not a frame`);
    expect(answer).toContain('101 Switching Protocols');
    expect((await test.closing())[0]).toBe('transport error');
    expect(await test.handshake()).toHaveLength(24);
  });
});

describe('allowRequest', () => {
  it('refuses handshakes with its own words, and with 403', async () => {
    await using test = await TestEngine.start({
      allowRequest: (_request, decide) => decide('Thou shall not pass', false),
    });
    const seen = observed(test);
    const answer = await test.request('?EIO=4&transport=polling');
    expect(answer.status).toBe(403);
    expect(answer.body).toBe('{"code":4,"message":"Thou shall not pass"}');
    const { code, message, context } = await seen;
    expect({ code, message, context }).toEqual({
      code: 4,
      message: 'Forbidden',
      context: { message: 'Thou shall not pass' },
    });
    expect(await test.raw(test.upgradeRequest('?EIO=4&transport=websocket'))).toMatch(
      /^HTTP\/1\.1 400 [\s\S]*\r\n\r\nThou shall not pass$/,
    );
  });

  it('says Forbidden where it has no words', async () => {
    await using test = await TestEngine.start({ allowRequest: (_request, decide) => decide(null, false) });
    expect(await test.request('?EIO=4&transport=polling')).toMatchObject({
      status: 403,
      body: '{"code":4,"message":"Forbidden"}',
    });
  });

  it('is asked for handshakes only, and its first answer counts', async () => {
    let asked = 0;
    await using test = await TestEngine.start({
      allowRequest: (_request, decide) => {
        asked++;
        decide(null, true);
        decide('again', false);
      },
    });
    const sid = await test.handshake();
    await test.post(sid, '4a');
    expect(asked).toBe(1);
    expect(test.messages).toEqual(['a']);
  });

  it('refuses when it throws', async () => {
    await using test = await TestEngine.start({
      allowRequest: () => {
        throw new Error('boom');
      },
    });
    expect(await test.request('?EIO=4&transport=polling')).toMatchObject({ status: 403 });
    expect(test.errors).toMatchObject([{ message: 'boom' }]);
  });
});

describe('generateId', () => {
  it('names sessions, later too', async () => {
    await using test = await TestEngine.start();
    test.engine.generateId = (request) => Promise.resolve(`id of ${request!.headers['x-name'] as string}`);
    expect(await test.handshake({ 'X-Name': 'polling' })).toBe('id of polling');
    expect(test.engine.clients['id of polling']).toBe(test.sockets[0]);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('boom');
      },
    ],
    ['rejects', () => Promise.reject(new Error('boom'))],
  ])('refuses the handshake when it %s', async (_how, generateId) => {
    await using test = await TestEngine.start();
    test.engine.generateId = generateId;
    const seen = observed(test);
    expect(await test.request('?EIO=4&transport=polling')).toMatchObject({
      status: 400,
      body: JSON.stringify(badRequest),
    });
    expect((await seen).context).toMatchObject({ name: 'ID_GENERATION_ERROR', error: { message: 'boom' } });
    expect(await test.raw(test.upgradeRequest('?EIO=4&transport=websocket'))).toContain('Bad request');
  });
});
