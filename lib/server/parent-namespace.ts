import {
  InMemoryAdapter,
  type Adapter,
  type BroadcastOptions,
  type Room,
  type SocketDescription,
} from '../adapter/index.js';
import type { Packet } from '../protocol/index.js';
import { RookeryError } from '../shared/index.js';
import { Namespace } from './namespace.js';
import type { DefaultEventsMap, EventsMap } from '../shared/index.js';

/** Decides whether a client may have a namespace of this name; `next(null, true)` lets it. */
export type NamespaceMatcher = (
  name: string,
  // The border to the application: whatever its clients send.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  auth: Record<string, any>,
  next: (error: Error | null, isAllowed?: boolean) => void,
) => unknown;

/**
 * Makes a matcher of a pattern.
 *
 * @throws RookeryError `INVALID_NAMESPACE` for a pattern that remembers where it stopped, and so matches every other time.
 */
export function matcherOf(pattern: RegExp | NamespaceMatcher): NamespaceMatcher {
  if (typeof pattern === 'function') return pattern;
  if (pattern.global || pattern.sticky) {
    throw new RookeryError(
      'INVALID_NAMESPACE',
      `${String(pattern)} has the flag g or y: its matches would depend on earlier ones`,
    );
  }
  return (name, _auth, next) => next(null, pattern.test(name));
}

interface Child {
  readonly name: string;
  readonly adapter: Adapter;
}

/** Hands everything to the adapters of the children. */
class ChildrenAdapter extends InMemoryAdapter {
  readonly #children: () => Iterable<Child>;

  constructor(parent: Namespace, children: () => Iterable<Child>) {
    super(parent);
    this.#children = children;
  }

  override async serverCount(): Promise<number> {
    let count = 0;
    for (const { adapter } of this.#children()) count += await adapter.serverCount();
    return count;
  }

  override broadcast(packet: Packet, options: BroadcastOptions): Promise<void> {
    return this.#all(({ name, adapter }) => adapter.broadcast({ ...packet, nsp: name }, options));
  }

  override broadcastWithAck(
    packet: Packet,
    options: BroadcastOptions,
    onClientCount: (count: number) => void,
    onAck: (...args: unknown[]) => void,
  ): void {
    for (const { name, adapter } of this.#children()) {
      adapter.broadcastWithAck({ ...packet, nsp: name }, options, onClientCount, onAck);
    }
  }

  override async fetchSockets(options: BroadcastOptions): Promise<SocketDescription[]> {
    const found = await Promise.all([...this.#children()].map(({ adapter }) => adapter.fetchSockets(options)));
    return found.flat();
  }

  override addSockets(options: BroadcastOptions, rooms: Room[]): Promise<void> {
    return this.#all(({ adapter }) => adapter.addSockets(options, rooms));
  }

  override delSockets(options: BroadcastOptions, rooms: Room[]): Promise<void> {
    return this.#all(({ adapter }) => adapter.delSockets(options, rooms));
  }

  override disconnectSockets(options: BroadcastOptions, close: boolean): Promise<void> {
    return this.#all(({ adapter }) => adapter.disconnectSockets(options, close));
  }

  #all(act: (child: Child) => Promise<void> | void): Promise<void> {
    // Every child is reached now; what is awaited is their buses.
    return Promise.all([...this.#children()].map(act)).then(() => {});
  }
}

/**
 * The namespaces whose names match: each is made when a client first asks for it.
 *
 * Middlewares and `connection` listeners are handed to a child when it is made; a broadcast reaches all children.
 */
export class ParentNamespace<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  // The border to the application: data it hangs on a socket.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  SocketData = any,
> extends Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
  /** The namespaces that were made of it and are still there. */
  readonly children = new Set<Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>();

  /** Makes a namespace of it. @internal */
  createChild(name: string): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    const child = new Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>(this.server, name);
    this.equip(child);
    this.children.add(child);
    return child;
  }

  /** @internal */
  override async emitReliable(...args: Parameters<Namespace['emitReliable']>): Promise<void> {
    await Promise.all([...this.children].map((child) => child.emitReliable(...args)));
  }

  /** @internal */
  override setAdapter(): void {
    this.deliveries = null;
    this.adapter = new ChildrenAdapter(this as unknown as Namespace, () => this.children);
  }
}
