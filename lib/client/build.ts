import type { UpgradeStart } from './upgrade.js';
import type { TransportClass } from './transport/transport.js';

/** What one build of the client is made of; what is not in it, a bundler leaves out. */
export interface Build {
  /** In the order they are tried. */
  readonly transports: readonly TransportClass[];
  /** How better transports are looked for; without it, none is. */
  readonly upgrade?: UpgradeStart;
}
