import { existsSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SessionSeal } from '../../lib/cluster/session-relay/session-seal.js';
import { until } from '../support/waiting.js';
import { secret, startNode, startTcp } from './support.js';

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
    probe.sendRaw('2probe');
    expect(await probe.nextRaw()).toBe('3probe');
  });
});
