import { Inject, Injectable } from '@nestjs/common';
import {
  presenceOf,
  type Presence as NamespacePresence,
  type PresenceEventName,
  type PresenceEvents,
  type PresenceMember,
  type PresenceOptions,
} from '../../presence/index.js';
import { ParentNamespace, type Namespace, type Server, type Socket } from '../../server/index.js';
import type { SocketIoModuleOptions } from '../socketio.options.js';
import { SOCKET_IO_OPTIONS, SOCKET_IO_SERVER } from '../socketio.tokens.js';

/**
 * Who is in which room, over all nodes: for any provider.
 *
 * Its own methods are about the main namespace, and those that take a socket about that of the socket; `of()` is about
 * another.
 */
@Injectable()
export class Presence<Metadata = unknown> {
  readonly #server: Server;
  readonly #options: ReadonlyMap<string, PresenceOptions>;
  readonly #shared: PresenceOptions;
  readonly #made = new WeakMap<Namespace, NamespacePresence>();

  constructor(@Inject(SOCKET_IO_SERVER) server: Server, @Inject(SOCKET_IO_OPTIONS) options: SocketIoModuleOptions) {
    const { namespaces = {}, ...shared } = options.presence ?? {};
    this.#server = server;
    this.#shared = shared;
    this.#options = new Map(
      Object.entries(namespaces).map(([name, own]) => [withSlash(name), { ...shared, ...own }] as const),
    );
    if (options.presence === undefined) return;
    // From the start of each namespace on: whoever asks later knows everyone at once.
    this.#of(server.of('/'));
    for (const name of this.#options.keys()) this.of(name);
    server.on('new_namespace', (namespace: Namespace) => {
      if (!(namespace instanceof ParentNamespace)) this.#of(namespace);
    });
  }

  /** That of another namespace. */
  of<M = Metadata>(namespace: string): NamespacePresence<M> {
    return this.#of(this.#server.of(namespace)) as unknown as NamespacePresence<M>;
  }

  /** Makes a socket present in a room of its namespace. @see `Presence.enter()` of `rookery/presence` */
  enter(socket: Socket, room: string, metadata?: Metadata): Promise<void> | void {
    return this.#ofSocket(socket).enter(socket, room, metadata);
  }

  /** Gives the connection of a socket in a room other metadata; `false` where it is not present. */
  update(socket: Socket, room: string, metadata: Metadata): boolean {
    return this.#ofSocket(socket).update(socket, room, metadata);
  }

  /** Takes a socket off a room's members, and leaves it in the room; `false` where it is not present. */
  leave(socket: Socket, room: string): boolean {
    return this.#ofSocket(socket).leave(socket, room);
  }

  /** The members of a room of the main namespace, on all nodes. */
  list(room: string): PresenceMember<Metadata>[] {
    return this.of('/').list(room);
  }

  /** How many members a room of the main namespace has. */
  count(room: string): number {
    return this.of('/').count(room);
  }

  /** Whether a room of the main namespace has a member with this key. */
  has(room: string, key: string): boolean {
    return this.of('/').has(room, key);
  }

  /** The member of a room of the main namespace with this key. */
  get(room: string, key: string): PresenceMember<Metadata> | undefined {
    return this.of('/').get(room, key);
  }

  /** Listens to members of the main namespace. */
  on<Event extends PresenceEventName>(event: Event, listener: PresenceEvents<Metadata>[Event]): this {
    this.of('/').on(event, listener);
    return this;
  }

  off<Event extends PresenceEventName>(event: Event, listener: PresenceEvents<Metadata>[Event]): this {
    this.of('/').off(event, listener);
    return this;
  }

  #ofSocket(socket: Socket): NamespacePresence<Metadata> {
    return this.of(socket.nsp.name);
  }

  #of(namespace: Namespace): NamespacePresence {
    const known = this.#made.get(namespace);
    if (known !== undefined) return known;
    const made = presenceOf(namespace, this.#options.get(namespace.name) ?? this.#shared);
    this.#made.set(namespace, made);
    return made;
  }
}

function withSlash(name: string): string {
  return name.startsWith('/') ? name : `/${name}`;
}
