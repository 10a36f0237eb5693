import type { AdapterHost, AdapterSocket, ClusterAdapter } from '../../lib/adapter/index.js';
import { redisAdapter, type RedisAdapterOptions } from '../../lib/cluster/redis/index.js';
import { Encoder, Frame, PacketType, type Packet } from '../../lib/protocol/index.js';
import { eventually } from '../interop/published-adapters/cluster.js';

/** A node with nothing but its adapter. */
export interface BareNode {
  readonly adapter: ClusterAdapter;
  /** What its sockets got, in order. */
  readonly delivered: unknown[];
  readonly errors: unknown[];
  add(id: string, ...rooms: string[]): Promise<void>;
}

export const event = (...data: unknown[]): Packet => ({ type: PacketType.EVENT, nsp: '/', data });
export const to = (...rooms: string[]) => ({ rooms: new Set(rooms), except: new Set<string>(), flags: {} });

/** Nodes in this process, each with connections of its own. */
export class BareNodes {
  readonly #nodes: BareNode[] = [];

  /** @param encoder writes what clients get. */
  async start(options: RedisAdapterOptions, encoder: Pick<Encoder, 'encode'> = new Encoder()): Promise<BareNode> {
    const sockets = new Map<string, AdapterSocket>();
    const delivered: unknown[] = [];
    const errors: unknown[] = [];
    const host: AdapterHost = {
      name: '/',
      encode: (packet) => new Frame('message', encoder.encode(packet), false),
      socket: (id) => sockets.get(id),
      nextAckId: () => 0,
      onServerSideEvent: () => {},
      reportError: (error) => errors.push(error),
    };
    const adapter = redisAdapter({ requestsTimeout: 500, ...options })(host);
    const add = async (id: string, ...rooms: string[]): Promise<void> => {
      sockets.set(id, {
        id,
        handshake: {},
        data: {},
        get rooms() {
          return adapter.socketRooms(id)!;
        },
        deliver: () => {},
        notifyOutgoing: ({ data }) => delivered.push((data as unknown[])[0]),
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

  async close(): Promise<void> {
    await Promise.all(this.#nodes.splice(0).map(({ adapter }) => adapter.close()));
  }
}

export async function meet(...all: BareNode[]): Promise<void> {
  await eventually('all nodes know each other', async () =>
    all.every(({ adapter }) => adapter.nodes.length === all.length - 1),
  );
}
