import { presetOf, type SecurityPreset } from '../server/index.js';
import type { SocketIoModuleOptions } from './socketio.options.js';

/** What counts in the Nest layer where no option says so. */
export interface ModulePreset {
  readonly defaultAccess: NonNullable<SocketIoModuleOptions['defaultAccess']>;
  /** Whether a room that a client names is joined, or told something, by a rule alone. */
  readonly areRoomsRuled: boolean;
  readonly maxRoomsPerSocket: number;
  readonly joinRate: NonNullable<SocketIoModuleOptions['joinRate']>;
}

const presets = {
  compatible: { defaultAccess: 'allow', areRoomsRuled: false, maxRoomsPerSocket: Infinity, joinRate: false },
  strict: {
    defaultAccess: 'deny',
    areRoomsRuled: true,
    maxRoomsPerSocket: 256,
    joinRate: { perSecond: 20, burst: 100 },
  },
} as const satisfies Record<SecurityPreset, ModulePreset>;

/**
 * What the options of the Nest layer are where nobody sets them.
 *
 * @throws RookeryError `INVALID_OPTION` for a preset that is none.
 */
export function modulePresetOf({ security = 'strict' }: SocketIoModuleOptions): ModulePreset {
  // The server knows which there are.
  presetOf({ security });
  return presets[security];
}
