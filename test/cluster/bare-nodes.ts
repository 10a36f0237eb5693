import type { AdapterHost, AdapterSocket, ClusterAdapter } from '../../lib/adapter/index.js';
import { Frame, PacketType, type Packet } from '../../lib/protocol/index.js';
import { eventually } from '../interop/published-adapters/cluster.js';

/** A node with nothing but its adapter. */
export interface BareNode {
  readonly adapter: ClusterAdapter;
  /** What its sockets got, in order: the first argument of each event. */
  readonly delivered: unknown[];
  readonly errors: unknown[];
  add(id: string, ...rooms: string[]): Promise<void>;
}

export const event = (...args: unknown[]): Packet => ({ type: PacketType.EVENT, nsp: '/', data: ['event', ...args] });
export const to = (...rooms: string[]) => ({ rooms: new Set(rooms), except: new Set<string>(), flags: {} });

/** The bare nodes of a specification. */
export class BareNodes {
  readonly #nodes: BareNode[] = [];

  async start(create: (host: AdapterHost) => ClusterAdapter, name = '/'): Promise<BareNode> {
    const sockets = new Map<string, AdapterSocket>();
    const delivered: unknown[] = [];
    const errors: unknown[] = [];
    const adapter = create({
      name,
      encode: (packet) => new Frame('message', [JSON.stringify(packet.data)], false),
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
  async meet(...nodes: BareNode[]): Promise<void> {
    await eventually('all nodes know each other', async () =>
      nodes.every(({ adapter }) => adapter.nodes.length === nodes.length - 1),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.splice(0).map(({ adapter }) => adapter.close()));
  }
}
