import type { EngineRevision } from '../protocol/index.js';
import { serverPings, type Heartbeat } from './heartbeat.js';

/** What differs between the revisions of Engine.IO; chosen once per session. */
export interface Revision {
  readonly protocol: EngineRevision;
  readonly heartbeat: Heartbeat;
}

/** Engine.IO 4: the server pings. */
export const revision4: Revision = { protocol: 4, heartbeat: serverPings };

/** Chooses the revision from the `EIO` query parameter; `undefined` when it is not served. */
export function revisionFor(eio: string | undefined): Revision | undefined {
  return eio === '4' ? revision4 : undefined;
}
