import { describe, expect, it } from '@jest/globals';
import { Server, type ServerOptions } from '../../lib/server/index.js';

/** The engine's limits of a server with these options. */
function limitsOf(options: ServerOptions): object {
  const server = new Server(options);
  const { maxHttpBufferSize, maxPacketsPerPayload, maxBufferedBytes, maxBufferedPackets } = server.engine.opts;
  const connectTimeout = server.connectTimeout();
  return {
    maxHttpBufferSize,
    maxPacketsPerPayload,
    maxBufferedBytes,
    maxBufferedPackets,
    connectTimeout,
    ...server.limits,
  };
}

describe('the option security', () => {
  it('has the limits of published servers unless it is set', () => {
    const limits = {
      maxHttpBufferSize: 1_000_000,
      maxPacketsPerPayload: Infinity,
      maxBufferedBytes: 33_554_432,
      maxBufferedPackets: 100_000,
      connectTimeout: 45_000,
      maxNamespacesPerConnection: Infinity,
      connectRate: false,
      maxFailedConnects: Infinity,
      maxPendingAcks: Infinity,
      eventRate: false,
    };
    expect(limitsOf({})).toEqual(limits);
    expect(limitsOf({ security: 'compatible' })).toEqual(limits);
  });

  it('has narrow limits with "strict"', () => {
    expect(limitsOf({ security: 'strict' })).toEqual({
      maxHttpBufferSize: 256_000,
      maxPacketsPerPayload: 1_000,
      maxBufferedBytes: 2_097_152,
      maxBufferedPackets: 10_000,
      connectTimeout: 10_000,
      maxNamespacesPerConnection: 16,
      connectRate: { perSecond: 2, burst: 20 },
      maxFailedConnects: 5,
      maxPendingAcks: 1_000,
      eventRate: { perSecond: 200, burst: 1_000 },
    });
  });

  it('leaves what is set as it is, here and with attach()', async () => {
    expect(limitsOf({ security: 'strict', maxHttpBufferSize: 5_000, connectTimeout: undefined })).toMatchObject({
      maxHttpBufferSize: 5_000,
      connectTimeout: 10_000,
    });
    const server = new Server({ security: 'strict' });
    server.attach(0, { maxHttpBufferSize: 7_000 });
    expect(server.engine.opts).toMatchObject({ maxHttpBufferSize: 7_000, maxBufferedPackets: 10_000 });
    await server.close();
  });

  it('is one of both', () => {
    const options = { security: 'toString' as 'strict' };
    expect(() => new Server(options)).toThrow('security is "compatible" or "strict", not toString');
  });
});
