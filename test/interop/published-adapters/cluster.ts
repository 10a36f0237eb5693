import type { ManagerOptions, Socket, SocketOptions } from 'socket.io-client';
import { Clients, next } from '../../support/clients.js';
import type { Broker, BrokerKind, ClusterNode, EmitterName, ServerName } from './cluster-node.js';

/** Which cluster a contract is checked on. */
export interface ClusterDescription {
  readonly broker: BrokerKind;
  /** What all nodes use, or each of the two. */
  readonly adapter: string | readonly [acting: string, other: string];
  /** The node that acts, and the one that is acted upon. */
  readonly nodes: readonly [acting: ServerName, other: ServerName];
  readonly options?: object;
  /** What adapters are told besides, where they have such options. */
  readonly adapterOptions?: object;
  /** Whether its closed nodes go on answering: the published cluster adapter stays a listener of its process. */
  readonly closedNodesAnswer?: boolean;
}

/** A client of one of the nodes. */
export interface Member {
  readonly name: string;
  readonly client: Socket;
  readonly node: ClusterNode;
  /** Every event it got, but the last one of `heardBy`. */
  readonly heard: unknown[][];
}

/** `a1` and `a2` are clients of the acting node, `b1` and `b2` of the other; each node has one in each room. */
export interface Members {
  readonly a1: Member;
  readonly a2: Member;
  readonly b1: Member;
  readonly b2: Member;
}

const theEnd = 'the end';
const deadline = 15_000;
const pause = 10;

/** Resolves with what is found once it is found; what holds for too long without it is an error. */
export async function eventually<T>(what: string, find: () => Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + deadline;
  for (;;) {
    const found = await find();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`It never came to this: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, pause);
    });
  }
}

/** Two nodes, their clients, and whatever joins them for a while. */
export class Cluster {
  readonly a: ClusterNode;
  readonly b: ClusterNode;
  readonly port: number | undefined;
  readonly closedNodesAnswer: boolean;
  readonly #broker: Broker;
  readonly #description: ClusterDescription;
  readonly #clients: Clients[] = [];
  /** Further namespaces of clients that are there. */
  readonly #namespaces: Socket[] = [];
  readonly #nodes: ClusterNode[];
  /** Those that serve nobody. */
  readonly #emitters: ClusterNode[] = [];

  private constructor(description: ClusterDescription, broker: Broker, a: ClusterNode, b: ClusterNode) {
    this.a = a;
    this.b = b;
    this.port = broker.port;
    this.closedNodesAnswer = description.closedNodesAnswer ?? false;
    this.#broker = broker;
    this.#description = description;
    this.#nodes = [a, b];
  }

  static async start(description: ClusterDescription): Promise<Cluster> {
    const { adapter, options = {}, adapterOptions = {}, nodes } = description;
    const broker = await description.broker.start();
    const starting = await Promise.allSettled(
      nodes.map((server, index) =>
        broker.startNode({ server, adapter: adapterOf(adapter, index), options, adapterOptions }),
      ),
    );
    const started = starting.flatMap((node) => (node.status === 'fulfilled' ? [node.value] : []));
    try {
      const failed = starting.find((node) => node.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      const cluster = new Cluster(description, broker, started[0]!, started[1]!);
      await cluster.#meet();
      return cluster;
    } catch (error) {
      await Promise.all(started.map((node) => node.stop()));
      await broker.stop();
      throw error;
    }
  }

  /** One more node like the other one. */
  async grow(): Promise<ClusterNode> {
    const { adapter, options = {}, adapterOptions = {}, nodes } = this.#description;
    const node = await this.#broker.startNode({
      server: nodes[1],
      adapter: adapterOf(adapter, 1),
      options,
      adapterOptions,
    });
    this.#nodes.push(node);
    await this.#meet();
    return node;
  }

  /** Processes that broadcast and serve nobody; resolves once the nodes count them, and they one another. */
  async startEmitters(kinds: readonly EmitterName[]): Promise<ClusterNode[]> {
    const { adapter, adapterOptions = {} } = this.#description;
    const start = (server: EmitterName): Promise<ClusterNode> =>
      this.#broker.startNode({ server, adapter: adapterOf(adapter, 0), adapterOptions });
    for (const started of await Promise.all(kinds.map(start))) this.#emitters.push(started);
    const all = [...this.#nodes, ...this.#emitters];

    await Promise.all(all.map((node) => this.counts(node, all.length)));
    return [...this.#emitters];
  }

  /** The node has left, or is about to. */
  forget(node: ClusterNode): void {
    this.#nodes.splice(this.#nodes.indexOf(node), 1);
  }

  async connect(
    node: ClusterNode,
    name = 'nameless',
    options: Partial<ManagerOptions & SocketOptions> = {},
    path = '/',
  ): Promise<Member> {
    const clients = new Clients(() => node.url);
    this.#clients.push(clients);
    const client = clients.create(path, { transports: ['websocket'], auth: { name }, ...options });
    const heard: unknown[][] = [];
    client.onAny((event: string, ...args: unknown[]) => {
      if (event !== theEnd) heard.push([event, ...args]);
    });
    await next(client, 'connect');
    return { name, client, node, heard };
  }

  /** A client joins one more namespace over its connection. */
  async joinNamespace({ client }: Member, path: string): Promise<Socket> {
    const socket = client.io.socket(path, {});
    this.#namespaces.push(socket);
    await next(socket, 'connect');
    return socket;
  }

  /** Two clients of each node, in their rooms. */
  async members(): Promise<Members> {
    const [a1, a2, b1, b2] = (await Promise.all([
      this.connect(this.a, 'a1'),
      this.connect(this.a, 'a2'),
      this.connect(this.b, 'b1'),
      this.connect(this.b, 'b2'),
    ])) as [Member, Member, Member, Member];
    await Promise.all([
      this.join(a1, 'red', 'ones'),
      this.join(b1, 'red', 'ones'),
      this.join(a2, 'blue'),
      this.join(b2, 'blue', 'b'),
    ]);
    return { a1, a2, b1, b2 };
  }

  async join({ node, client }: Member, ...rooms: string[]): Promise<void> {
    const join = (io: JoiningServer, id: string, names: string[]) => io.sockets.sockets.get(id)!.join(names);
    await node.evaluate(join as never, client.id!, rooms);
    await node.settle();
  }

  /**
   * What each of them has heard when this is the end.
   *
   * @param say tells everyone so, on the way of what was sent before; by default the acting node does.
   */
  async heardBy(
    members: readonly Member[],
    say = (event: string): unknown => this.a.evaluate((io, end) => void io.compress(false).emit(end), event),
  ): Promise<Record<string, unknown[][]>> {
    const ends = Promise.all(members.map(({ client }) => next(client, theEnd)));
    await say(theEnd);
    await ends;
    return Object.fromEntries(members.map(({ name, heard }) => [name, heard]));
  }

  /** The names of those that heard something, in their order. */
  async receivers(members: Members): Promise<string[]> {
    const heard = await this.heardBy(Object.values(members));
    return Object.keys(heard).filter((name) => heard[name]!.length > 0);
  }

  /** The clients leave, the nodes stay. */
  async clear(): Promise<void> {
    this.#disconnect();
    for (const node of this.#nodes) {
      await eventually('every client has left', () => node.evaluate((io) => io.engine.clientsCount === 0));
    }
  }

  /** What the nodes have logged since this was asked before; nothing, when all went well. */
  async logged(): Promise<string[]> {
    return (await Promise.all(this.#nodes.map((node) => node.logged()))).flat();
  }

  async stop(): Promise<void> {
    this.#disconnect();
    await Promise.all([...this.#nodes, ...this.#emitters].map((node) => node.stop()));
    await this.#broker.stop();
  }

  #disconnect(): void {
    for (const socket of this.#namespaces.splice(0)) socket.disconnect();
    for (const clients of this.#clients.splice(0)) clients.close();
  }

  /** Until every node counts all others, and hears them: some adapters subscribe in the background. */
  async #meet(): Promise<void> {
    const nodes = this.#nodes;
    await Promise.all(nodes.map((node) => node.settle()));
    const members = await Promise.all(nodes.map((node, index) => this.connect(node, `n${index}`)));
    const say = (word: string): Promise<unknown> =>
      Promise.all(
        nodes.map((node, index) => node.evaluate((io, [what, n]) => void io.emit(what, n), [word, index] as const)),
      );
    const isHeard = (word: string): boolean =>
      members.every(
        ({ heard }) => new Set(heard.filter(([said]) => said === word).map(([, n]) => n)).size === nodes.length,
      );
    await eventually('every node hears every other', async () => {
      await say('here');
      return isHeard('here');
    });
    // Behind all that was said before: whoever comes next hears none of it.
    await say('met');
    await eventually('every node has heard all of it', async () => isHeard('met'));
    for (const node of nodes) await this.counts(node, nodes.length);
    await this.clear();
  }

  /** Resolves once a node counts that many. */
  async counts(node: ClusterNode, count: number): Promise<void> {
    await eventually(`a node counts ${count}`, async () => (await serverCount(node)) === count);
  }
}

export function serverCount(node: ClusterNode): Promise<number> {
  return node.evaluate((io) => io.of('/').adapter.serverCount());
}

function adapterOf(adapter: ClusterDescription['adapter'], node: number): string {
  return typeof adapter === 'string' ? adapter : adapter[node]!;
}

interface JoiningServer {
  readonly sockets: { readonly sockets: ReadonlyMap<string, { join(rooms: string[]): Promise<void> | void }> };
}
