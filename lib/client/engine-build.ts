import type { TimerOptions, Timers } from './timers.js';
import type { TransportClass } from './transport/transport.js';
import type { UpgradeStart } from './upgrade.js';

/** What the engine of one build is made of. */
export interface EngineBuild {
  /** In the order they are tried. */
  readonly transports: readonly TransportClass[];
  readonly timersOf: (options: TimerOptions) => Timers;
  /** How better transports are looked for; without it, none is. */
  readonly upgrade?: UpgradeStart;
}
