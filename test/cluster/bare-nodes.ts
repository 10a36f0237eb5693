import type { AdapterHost, AdapterSocket, ClusterAdapter } from '../../lib/adapter/index.js';
import { Encoder, Frame, PacketType, type Packet } from '../../lib/protocol/index.js';
import { eventually } from '../interop/published-adapters/cluster.js';

/** A node with nothing but its adapter. */
export interface BareNode<Adapter extends ClusterAdapter = ClusterAdapter> {
  readonly adapter: Adapter;
  /** What its sockets got, in order: the first argument of each event. */
  readonly delivered: unknown[];
  readonly errors: unknown[];
  add(id: string, ...rooms: string[]): Promise<void>;
}

/** What an adapter may know of its host, where a specification cares. */
export interface BareHost extends Pick<AdapterHost, 'server'> {
  /** The namespace. @default '/' */
  readonly name?: string;
  /** Writes what clients get. */
  readonly encoder?: Pick<Encoder, 'encode'>;
}

export const event = (...args: unknown[]): Packet => ({ type: PacketType.EVENT, nsp: '/', data: ['event', ...args] });
export const to = (...rooms: string[]) => ({ rooms: new Set(rooms), except: new Set<string>(), flags: {} });

/** The bare nodes of a specification, in this process, each with connections of its own. */
export class BareNodes {
  readonly #nodes: BareNode[] = [];

  /** @returns once its adapter has started; it closes with the others also when it has not. */
  async start<Adapter extends ClusterAdapter>(
    create: (host: AdapterHost) => Adapter,
    { name = '/', encoder = new Encoder(), server }: BareHost = {},
  ): Promise<BareNode<Adapter>> {
    const sockets = new Map<string, AdapterSocket>();
    const delivered: unknown[] = [];
    const errors: unknown[] = [];
    const adapter = create({
      name,
      ...(server !== undefined && { server }),
      encode: (packet) => new Frame('message', encoder.encode(packet), false),
      socket: (id) => sockets.get(id),
      nextAckId: () => 0,
      onServerSideEvent: () => {},
      reportError: (error) => errors.push(error),
    });
    const add = async (id: string, ...rooms: string[]): Promise<void> => {
      sockets.set(id, {
        id,
        handshake: {},
        data: {},
        get rooms() {
          return adapter.socketRooms(id)!;
        },
        deliver: () => {},
        notifyOutgoing: ({ data }) => delivered.push((data as unknown[])[1]),
        expectAck: () => {},
        forgetAck: () => {},
        join: (names) => adapter.addAll(id, new Set([names].flat() as string[])),
        leave: (room) => adapter.del(id, room),
        disconnect: () => {},
      });
      await adapter.addAll(id, new Set([id, ...rooms]));
    };
    const node = { adapter, delivered, errors, add };
    this.#nodes.push(node);
    await adapter.init();
    return node;
  }

  /** Resolves once all know each other. */
  async meet(...nodes: readonly BareNode[]): Promise<void> {
    await eventually('all nodes know each other', async () =>
      nodes.every(({ adapter }) => adapter.nodes.length === nodes.length - 1),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.splice(0).map(({ adapter }) => adapter.close()));
  }
}
