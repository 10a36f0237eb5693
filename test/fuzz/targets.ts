import { engineTargets } from './engine-targets.js';
import { busTargets } from './bus-targets.js';
import { packetTargets } from './packet-targets.js';
import type { Target } from './target.js';

/** Everything that reads bytes of others. */
export const targets: readonly Target[] = [...packetTargets, ...engineTargets, ...busTargets];
