import type { EngineRevision } from '../protocol/index.js';
import { clientPings, serverPings, type Heartbeat } from './heartbeat.js';

/** What differs between the revisions of Engine.IO; chosen once per session. */
export interface Revision {
  readonly protocol: EngineRevision;
  readonly heartbeat: Heartbeat;
}

/** Engine.IO 4: the server pings. */
export const revision4: Revision = { protocol: 4, heartbeat: serverPings };

/** Engine.IO 3: the client pings. */
const revision3: Revision = { protocol: 3, heartbeat: clientPings };

/**
 * Chooses the revision from the `EIO` query parameter; `undefined` when it is not served.
 *
 * @param allowsRevision3 whether whatever is not 4 is served as revision 3: its first clients sent no number.
 */
export function revisionFor(eio: string | undefined, allowsRevision3: boolean): Revision | undefined {
  if (eio === '4') return revision4;
  return allowsRevision3 ? revision3 : undefined;
}
