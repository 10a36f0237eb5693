import { describe, expect, it } from '@jest/globals';
import { sessionRelay, type SessionRelayOptions } from '../../lib/cluster/session-relay/index.js';
import { EngineServer } from '../../lib/engine/index.js';
import { secret, startNode } from './support.js';

const host = '127.0.0.1';

describe('the options of sessionRelay()', () => {
  it.each<[what: string, options: object, message: string]>([
    ['no secret', {}, 'either secret or secrets'],
    ['both', { secret, secrets: [secret] }, 'either secret or secrets'],
    ['no secret in the list', { secrets: [] }, 'one or more'],
    ['a short secret', { secret: 'too short' }, '32 bytes'],
    ['a secret that is none', { secret: 42 }, '32 bytes'],
    ['a listener without host', { secret, listen: { port: 1 } }, 'listen has a host or a path'],
    ['a port that is none', { secret, listen: { host, port: 70_000 } }, 'listen.port'],
    ['a relative path', { secret, listen: { path: 'relay' } }, 'listen.path'],
    ['a path that is too long', { secret, listen: { path: `/${'x'.repeat(112)}` } }, 'listen.path'],
    ['every interface', { secret, listen: { host: '0.0.0.0' } }, 'set address'],
    ['an address without host', { secret, address: '10.0.0.1' }, 'address goes with a host'],
    ['an address that is none', { secret, listen: { host }, address: 'http://10.0.0.1' }, 'address is a host'],
    ['a port of an address that is none', { secret, listen: { host }, address: '10.0.0.1:0' }, 'address is a host'],
    ['no time to connect', { secret, connectTimeout: 0 }, 'connectTimeout'],
    ['no connection', { secret, maxConnectionsPerNode: 0 }, 'maxConnectionsPerNode'],
  ])('refuse %s, and never show a secret', (_what, options, message) => {
    const make = (): unknown => sessionRelay(options as SessionRelayOptions);
    expect(make).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(message) }),
    );
    expect(make).not.toThrow(secret);
    expect(make).not.toThrow('too short,');
  });

  it.each([
    ['10.0.0.7:7001', '0.0.0.0', '10.0.0.7:7001'],
    ['node-7.internal:7001', '0.0.0.0', 'node-7.internal:7001'],
    ['[fd00::7]:7001', '127.0.0.1', '[fd00::7]:7001'],
  ])('advertise address %s where it listens on %s', async (address, listenHost, expected) => {
    await using node = await startNode({}, { secret, listen: { host: listenHost }, address });
    expect(node.relay.address).toBe(expected);
  });

  it('advertise the port that was free, behind a host without', async () => {
    await using node = await startNode({}, { secret, listen: { host: '0.0.0.0' }, address: 'localhost' });
    expect(node.relay.address).toMatch(/^localhost:\d{4,5}$/);
    await using other = await startNode();
    expect((await other.test.post(await node.test.handshake(), '4x')).body).toBe('ok');
  });

  it('take several secrets: the first one signs, all are accepted', async () => {
    const next = 'the secret that comes next, of 32 characters or more';
    await using before = await startNode({}, { secrets: [secret, next] });
    await using after = await startNode({}, { secrets: [next, secret] });
    expect((await after.test.post(await before.test.handshake(), '4x')).body).toBe('ok');
    expect((await before.test.post(await after.test.handshake(), '4x')).body).toBe('ok');
    await using stranger = await startNode({}, { secret: next });
    expect((await stranger.test.post(await before.test.handshake(), '4x')).status).toBe(400);
    expect((await stranger.test.post(await after.test.handshake(), '4x')).body).toBe('ok');
  });
});

describe('the option sessionRouting', () => {
  it('refuses what cannot route', () => {
    for (const sessionRouting of [true, {}, null, 'relay']) {
      expect(() => new EngineServer({ sessionRouting: sessionRouting as never })).toThrow('sessionRelay() returns');
    }
  });
});
