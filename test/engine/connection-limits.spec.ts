import { describe, expect, it } from '@jest/globals';
import { ConnectionLimits } from '../../lib/engine/connection-limits.js';

const unlimited = { maxConnections: Infinity, maxConnectionsPerIp: Infinity, handshakeRate: false } as const;

describe('limits on connections', () => {
  it('are none where nothing is set, and nobody is remembered', () => {
    const limits = new ConnectionLimits(unlimited);
    for (let count = 0; count < 5_000; count++) expect(limits.enter('1.1.1.1', 0)).toBeUndefined();
    expect(limits.size).toBe(0);
  });

  it('hold for the whole server', () => {
    const limits = new ConnectionLimits({ ...unlimited, maxConnections: 2 });
    limits.enter('1.1.1.1', 0);
    limits.enter('', 0);
    expect(limits.enter('3.3.3.3', 0)).toEqual({ limit: 'maxConnections', max: 2, retryAfter: 5_000 });
    limits.leave('');
    expect(limits.enter('3.3.3.3', 0)).toBeUndefined();
    expect(limits.enter('4.4.4.4', 0)).toMatchObject({ limit: 'maxConnections' });
  });

  it('hold for each address', () => {
    const limits = new ConnectionLimits({ ...unlimited, maxConnectionsPerIp: 1 });
    expect(limits.enter('1.1.1.1', 0)).toBeUndefined();
    expect(limits.enter('1.1.1.1', 0)).toEqual({ limit: 'maxConnectionsPerIp', max: 1, retryAfter: 5_000 });
    expect(limits.enter('2.2.2.2', 0)).toBeUndefined();
    // A client without an address is nobody's neighbour.
    expect([limits.enter('', 0), limits.enter('', 0)]).toEqual([undefined, undefined]);
    limits.leave('1.1.1.1');
    expect(limits.enter('1.1.1.1', 0)).toBeUndefined();
  });

  it('hold for how fast an address comes, those that are refused included', () => {
    const limits = new ConnectionLimits({ ...unlimited, handshakeRate: { perSecond: 2, burst: 1 } });
    expect(limits.enter('1.1.1.1', 0)).toBeUndefined();
    expect(limits.enter('1.1.1.1', 100)).toEqual({ limit: 'handshakeRate', max: 2, retryAfter: 400 });
    expect(limits.enter('2.2.2.2', 100)).toBeUndefined();
    expect(limits.enter('1.1.1.1', 500)).toBeUndefined();
  });

  it('remember an address no longer than there is something to remember', () => {
    const limits = new ConnectionLimits({ ...unlimited, maxConnectionsPerIp: 1 });
    limits.enter('1.1.1.1', 0);
    limits.leave('1.1.1.1');
    expect(limits.size).toBe(0);
    const rated = new ConnectionLimits({ ...unlimited, handshakeRate: { perSecond: 1, burst: 2 } });
    for (let count = 0; count < 1_023; count++) {
      rated.enter(`address ${count}`, 0);
      if (count > 0) rated.leave(`address ${count}`);
    }
    expect(rated.size).toBe(1_023);
    // The first one is still connected, the last one has just come.
    rated.enter('last', 5_000);
    expect(rated.size).toBe(2);
  });

  it('count an address that was refused for no connection', () => {
    const limits = new ConnectionLimits({ maxConnections: 1, maxConnectionsPerIp: 1, handshakeRate: false });
    limits.enter('1.1.1.1', 0);
    expect(limits.enter('2.2.2.2', 0)).toMatchObject({ limit: 'maxConnections' });
    limits.leave('1.1.1.1');
    expect(limits.enter('2.2.2.2', 0)).toBeUndefined();
  });
});
