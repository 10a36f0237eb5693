import { serverCount, eventually } from '../../interop/published-adapters/cluster.js';
import type { Broker, ClusterNode } from '../../interop/published-adapters/cluster-node.js';
import type { Bus } from './buses.js';

interface Speaking {
  speaking?: ReturnType<typeof setInterval> | undefined;
  said?: number;
}

/** Nodes of one bus, each a process; whoever connects to them is put into a room. */
export class Crew {
  readonly nodes: ClusterNode[] = [];
  readonly #bus: Bus;
  readonly #broker: Broker;

  private constructor(bus: Bus, broker: Broker) {
    this.#bus = bus;
    this.#broker = broker;
  }

  static async start(bus: Bus, count: number): Promise<Crew> {
    const crew = new Crew(bus, await bus.broker.start());
    try {
      await Promise.all(Array.from({ length: count }, () => crew.add()));
      await crew.meets();
    } catch (error) {
      await crew.stop();
      throw error;
    }
    return crew;
  }

  get brokerPort(): number | undefined {
    return this.#broker.port;
  }

  /** @param brokerPort where it reaches the broker, when not directly. */
  async add(brokerPort?: number): Promise<ClusterNode> {
    const { adapter, recovers } = this.#bus;
    const node = await this.#broker.startNode({
      server: 'rookery',
      adapter,
      options: recovers ? { connectionStateRecovery: { maxDisconnectionDuration: 60_000 } } : {},
      ...(brokerPort !== undefined && { brokerPort }),
    });
    this.nodes.push(node);
    await node.evaluate((io) => {
      io.on('connection', (socket) => void (socket.recovered || socket.join('room')));
    });
    return node;
  }

  /** The node has ended, or is about to. */
  forget(node: ClusterNode): void {
    this.nodes.splice(this.nodes.indexOf(node), 1);
  }

  /** Resolves once every node counts all of them. */
  async meets(): Promise<void> {
    await eventually('the nodes know each other', async () => {
      const counts = await Promise.all(this.nodes.map(serverCount));
      return counts.every((count) => count === this.nodes.length);
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
    await this.#broker.stop();
  }
}

/** A node says numbers under a name, one to all and the next to the room, until it is silenced or ends. */
export async function speak(node: ClusterNode, speaker: string, pause: number): Promise<void> {
  await node.evaluate(
    (io, name, milliseconds) => {
      const state = io as unknown as Speaking;
      state.said = 0;
      state.speaking = setInterval(() => {
        const n = state.said!++;
        (n % 2 === 0 ? io : io.to('room')).emit('news', name, n);
      }, milliseconds);
    },
    speaker,
    pause,
  );
}

/** It says nothing more. @returns its last number. */
export function silence(node: ClusterNode): Promise<number> {
  return node.evaluate((io) => {
    const state = io as unknown as Speaking;
    clearInterval(state.speaking);
    return state.said! - 1;
  });
}
