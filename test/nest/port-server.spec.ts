import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { PortServer } from '../../lib/nest/websockets/port-server.js';
import { Server, type ServerOptions } from '../../lib/server/index.js';

const rate = { perSecond: 3, burst: 4 };

/** What counts where nobody says so, and another value. */
const compatible: readonly [option: keyof ServerOptions, value: unknown, other: unknown][] = [
  ['security', 'compatible', 'strict'],
  ['maxConnections', Infinity, 10],
  ['maxConnectionsPerIp', Infinity, 10],
  ['handshakeRate', false, rate],
  ['trustedProxies', 0, 1],
  ['maxHttpBufferSize', 1_000_000, 256_000],
  ['maxBufferedBytes', 33_554_432, 2_097_152],
  ['maxBufferedPackets', 100_000, 10_000],
  ['slowConsumer', 'close', 'drop-volatile-first'],
  ['maxPacketsPerPayload', Infinity, 1_000],
  ['checkOrigin', false, true],
  ['requireOrigin', false, true],
  ['connectTimeout', 45_000, 10_000],
  ['maxNamespacesPerConnection', Infinity, 16],
  ['connectRate', false, rate],
  ['maxFailedConnects', Infinity, 5],
  ['maxPendingAcks', Infinity, 1_000],
  ['eventRate', false, rate],
  ['maxDepth', 64, 32],
  ['maxAttachments', 10, 1],
  ['maxNamespaceLength', 4_096, 10],
  ['attachmentTimeout', 10_000, 1_000],
];

const strict: typeof compatible = [
  ['security', 'strict', 'compatible'],
  ['maxHttpBufferSize', 256_000, 1_000_000],
  ['maxBufferedBytes', 2_097_152, 33_554_432],
  ['maxBufferedPackets', 10_000, 100_000],
  ['maxPacketsPerPayload', 1_000, Infinity],
  ['maxAttachmentBytes', 256_000, Infinity],
  ['checkOrigin', true, false],
  ['connectTimeout', 10_000, 45_000],
  ['maxNamespacesPerConnection', 16, Infinity],
  ['connectRate', { perSecond: 2, burst: 20 }, false],
  ['maxFailedConnects', 5, Infinity],
  ['maxPendingAcks', 1_000, Infinity],
  ['eventRate', { perSecond: 200, burst: 1_000 }, { perSecond: 200, burst: 999 }],
];

function portOf(options: ServerOptions): PortServer {
  return new PortServer(new Server(options), 'port 1', 'the first gateway there', options);
}

describe.each<[string, ServerOptions, typeof compatible]>([
  ['the default limits', {}, compatible],
  ['the limits of strict', { security: 'strict' }, strict],
])('a server for several gateways, with %s', (_name, options, table) => {
  it.each(table)('is shared with one that asks for %s %j, and with none that asks for %j', (option, value, other) => {
    const port = portOf(options);
    expect(() => port.admit({ [option]: value })).not.toThrow();
    expect(() => port.admit({ [option]: other }, 'Chat')).toThrow(
      expect.objectContaining({
        code: 'INVALID_GATEWAY',
        message: expect.stringContaining(`Chat asks for its own ${option} on port 1,`),
      }) as never,
    );
  });
});

describe('a server for several gateways, with a limit of its own', () => {
  it('is shared with one that asks for that one, and not for the default', () => {
    const port = portOf({ security: 'strict', eventRate: rate });
    expect(() => port.admit({ eventRate: { ...rate } })).not.toThrow();
    expect(() => port.admit({ eventRate: { perSecond: 200, burst: 1_000 } })).toThrow('eventRate');
  });
});
