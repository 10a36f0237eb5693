import { describe, expect, it } from '@jest/globals';
import { ConnectionLimits } from '../../lib/engine/connection-limits.js';

const unlimited = { maxConnections: Infinity, maxConnectionsPerIp: Infinity, handshakeRate: false } as const;

/** A handshake that is let in and opens its session, or the limit that it runs into. */
function enter(limits: ConnectionLimits, address: string, now = 0): object | undefined {
  const hit = limits.admit(address, now);
  if (hit === undefined) limits.opened(address, now);
  return hit;
}

describe('limits on connections', () => {
  it('are none where nothing is set, and nobody is remembered', () => {
    const limits = new ConnectionLimits(unlimited);
    for (let count = 0; count < 5_000; count++) expect(enter(limits, '1.1.1.1')).toBeUndefined();
    expect(limits.size).toBe(0);
  });

  it('hold for the whole server', () => {
    const limits = new ConnectionLimits({ ...unlimited, maxConnections: 2 });
    enter(limits, '1.1.1.1');
    enter(limits, '');
    expect(enter(limits, '3.3.3.3')).toEqual({ limit: 'maxConnections', max: 2, retryAfter: 5_000 });
    limits.closed('');
    expect(enter(limits, '3.3.3.3')).toBeUndefined();
    expect(enter(limits, '4.4.4.4')).toMatchObject({ limit: 'maxConnections' });
  });

  it('hold for each address', () => {
    const limits = new ConnectionLimits({ ...unlimited, maxConnectionsPerIp: 1 });
    expect(enter(limits, '1.1.1.1')).toBeUndefined();
    expect(enter(limits, '1.1.1.1')).toEqual({ limit: 'maxConnectionsPerIp', max: 1, retryAfter: 5_000 });
    expect(enter(limits, '2.2.2.2')).toBeUndefined();
    // A client without an address is nobody's neighbour.
    expect([enter(limits, ''), enter(limits, '')]).toEqual([undefined, undefined]);
    limits.closed('1.1.1.1');
    expect(enter(limits, '1.1.1.1')).toBeUndefined();
  });

  it("hold for handshakes that took each other's place while they were decided", () => {
    const limits = new ConnectionLimits({ ...unlimited, maxConnectionsPerIp: 1 });
    expect([limits.admit('1.1.1.1', 0), limits.admit('1.1.1.1', 0)]).toEqual([undefined, undefined]);
    expect(limits.full('1.1.1.1')).toBeUndefined();
    limits.opened('1.1.1.1', 0);
    expect(limits.full('1.1.1.1')).toMatchObject({ limit: 'maxConnectionsPerIp' });
  });

  it('hold for how fast an address comes, those that are refused included', () => {
    const limits = new ConnectionLimits({ ...unlimited, handshakeRate: { perSecond: 2, burst: 1 } });
    expect(limits.admit('1.1.1.1', 0)).toBeUndefined();
    expect(limits.admit('1.1.1.1', 100)).toEqual({ limit: 'handshakeRate', max: 2, retryAfter: 400 });
    expect(limits.admit('2.2.2.2', 100)).toBeUndefined();
    expect(limits.admit('1.1.1.1', 500)).toBeUndefined();
  });

  it('remember an address no longer than there is something to remember', () => {
    const limits = new ConnectionLimits({ ...unlimited, maxConnectionsPerIp: 1 });
    enter(limits, '1.1.1.1');
    limits.closed('1.1.1.1');
    expect(limits.size).toBe(0);
    const rated = new ConnectionLimits({ ...unlimited, handshakeRate: { perSecond: 1, burst: 2 } });
    for (let count = 0; count < 511; count++) {
      enter(rated, `address ${count}`);
      if (count > 0) rated.closed(`address ${count}`);
    }
    expect(rated.size).toBe(511);
    rated.admit('next', 5_000);
    // The first one is still connected, the others have just come.
    rated.admit('last', 5_000);
    expect(rated.size).toBe(3);
  });
});
