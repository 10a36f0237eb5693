import type { PresenceOptions } from '../../presence/index.js';

/** Who is present, in the namespaces of an application. */
export interface SocketIoPresenceOptions extends PresenceOptions {
  /** Options of single namespaces, by their names; they count more than those that are beside it. */
  readonly namespaces?: Readonly<Record<string, PresenceOptions>> | undefined;
}
