import type { DefaultEventsMap, EventsMap } from '../shared/index.js';
import { defaultUri, parseAddress } from './address.js';
import type { BaseManager } from './base-manager.js';
import type { BaseSocket } from './base-socket.js';
import type { IoOptions, ManagerOptions } from './options.js';
import type { Socket } from './socket.js';

/** Returns the socket of a URL, whose path names the namespace. */
export interface Io<Manager> {
  <ListenEvents extends EventsMap = DefaultEventsMap, EmitEvents extends EventsMap = ListenEvents>(
    uri?: string | IoOptions,
    options?: IoOptions,
  ): Socket<ListenEvents, EmitEvents, Manager>;
}

/** The same of a build whose sockets have less; options that it leaves out are ignored. */
export interface BaseIo<Manager> {
  <ListenEvents extends EventsMap = DefaultEventsMap, EmitEvents extends EventsMap = ListenEvents>(
    uri?: string | IoOptions,
    options?: IoOptions,
  ): BaseSocket<ListenEvents, EmitEvents, Manager>;
}

/**
 * Makes an `io()` whose sockets share one manager per server.
 *
 * A second socket of the same namespace, and one with `forceNew`, get a manager of their own.
 */
export function createIo<Manager extends BaseManager>(
  ManagerClass: new (uri?: string, options?: ManagerOptions) => Manager,
): Io<Manager> {
  const managers = new Map<string, Manager>();
  return (uri, options) => {
    const given: IoOptions = (typeof uri === 'object' ? uri : options) ?? {};
    const whole = typeof uri === 'string' ? uri : defaultUri(given);
    const { origin, namespace } = parseAddress(whole);
    const id = origin + (given.path ?? '/socket.io').replace(/\/$/, '');
    const known = managers.get(id);
    const isOwn = given.forceNew || given['force new connection'] || given.multiplex === false;
    let manager = known;
    if (manager === undefined || isOwn || manager.hasSocket(namespace)) {
      manager = new ManagerClass(whole, given);
      if (known === undefined && !isOwn) managers.set(id, manager);
    }
    return manager.socket(namespace, given) as never;
  };
}
