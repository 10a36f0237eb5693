import { RookeryError } from '../shared/index.js';
import type { SecurityPreset, ServerOptions } from './options.js';
import type { RecoveryLimits } from './recovery.js';

/** What differs; each limit is that of its own option. */
const presets: Readonly<Record<SecurityPreset, ServerOptions>> = {
  compatible: {},
  strict: {
    maxHttpBufferSize: 256_000,
    maxPacketsPerPayload: 1_000,
    maxAttachmentBytes: 256_000,
    connectTimeout: 10_000,
    checkOrigin: true,
    maxBufferedBytes: 2 * 2 ** 20,
    maxBufferedPackets: 10_000,
    maxNamespacesPerConnection: 16,
    connectRate: { perSecond: 2, burst: 20 },
    maxFailedConnects: 5,
    maxPendingAcks: 1_000,
    eventRate: { perSecond: 200, burst: 1_000 },
  },
};

const recoveryLimits: Readonly<Record<SecurityPreset, RecoveryLimits>> = {
  compatible: { maxSessions: Infinity, maxPackets: Infinity },
  strict: { maxSessions: 10_000, maxPackets: 100_000 },
};

/** How much is kept for clients that come back, where it is kept at all and nobody says how much. @internal */
export function recoveryLimitsOf({ security = 'compatible' }: ServerOptions): RecoveryLimits {
  return recoveryLimits[security];
}

/**
 * What the options of a server are where nobody sets them.
 *
 * @throws RookeryError `INVALID_OPTION` for a preset that is none.
 * @internal
 */
export function presetOf({ security = 'compatible' }: ServerOptions): ServerOptions {
  if (Object.hasOwn(presets, security)) return presets[security];
  const names = Object.keys(presets).map((name) => `"${name}"`);
  throw new RookeryError('INVALID_OPTION', `security is ${names.join(' or ')}, not ${String(security)}`);
}
