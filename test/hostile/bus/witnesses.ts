import type { Socket } from 'socket.io-client';
import { eventually } from '../../interop/published-adapters/cluster.js';
import type { ClusterNode } from '../../interop/published-adapters/cluster-node.js';
import { Clients } from '../../support/clients.js';

/** A client of each node, which says whether the nodes still reach each other. */
export class Witnesses {
  readonly #nodes: readonly ClusterNode[];
  readonly #clients: Clients[] = [];
  readonly #heard: Set<string>[] = [];
  /** How many words they have got, again and again what came so. */
  count = 0;
  #disconnects = 0;
  #said = 0;

  private constructor(nodes: readonly ClusterNode[]) {
    this.#nodes = nodes;
  }

  static async gather(nodes: readonly ClusterNode[]): Promise<Witnesses> {
    const witnesses = new Witnesses(nodes);
    for (const node of nodes) await witnesses.#add(node);
    return witnesses;
  }

  /** Resolves once each has got what each node now says, to all and to a room; none may have lost its connection. */
  async hearEachNode(): Promise<void> {
    const words = this.#nodes.flatMap(() => [`word ${this.#said++}`, `word ${this.#said++}`]);
    for (const [index, node] of this.#nodes.entries()) {
      await node.evaluate(
        (io, toAll, toRoom) => {
          io.emit('witness', toAll);
          io.to('room').emit('witness', toRoom);
        },
        words[2 * index]!,
        words[2 * index + 1]!,
      );
    }
    await eventually('each has heard each node', async () =>
      this.#heard.every((heard) => words.every((word) => heard.has(word))),
    );
    if (this.#disconnects > 0) throw new Error('A witness has lost its connection');
  }

  close(): void {
    for (const clients of this.#clients) clients.close();
  }

  async #add(node: ClusterNode): Promise<void> {
    const clients = new Clients(() => node.url);
    this.#clients.push(clients);
    const socket: Socket = await clients.connect('/', { transports: ['websocket'] });
    const heard = new Set<string>();
    this.#heard.push(heard);
    socket.on('witness', (word: string) => {
      this.count++;
      heard.add(word);
    });
    socket.on('disconnect', (reason) => {
      if (reason !== 'io client disconnect') this.#disconnects++;
    });
  }
}
