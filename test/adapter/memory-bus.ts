import {
  ClusterAdapter,
  type AdapterHost,
  type ClusterAnswer,
  type ClusterChannel,
  type ClusterLink,
  type ClusterMessage,
  type ClusterOptions,
  type NodeId,
} from '../../lib/adapter/index.js';
import { RecordingHost, RecordingSocket } from '../contract/adapter.contract.js';

/** What a node said over the bus. */
export interface Said {
  readonly from: NodeId;
  readonly to: NodeId | undefined;
  readonly message: ClusterMessage;
}

/** A namespace that records what it is told. */
export class Host extends RecordingHost {
  readonly events: unknown[][] = [];
  readonly errors: [error: unknown, event: string][] = [];

  override onServerSideEvent(args: readonly unknown[] = []): void {
    this.events.push([...args]);
  }
  reportError(error: unknown, event: string): void {
    this.errors.push([error, event]);
  }
}

/** The links of a bus; each hears what the others say, at once, unless it is held back. */
export class MemoryBus {
  readonly said: Said[] = [];
  readonly channels = new Map<NodeId, ClusterChannel>();
  /** Nodes that hear nothing. */
  readonly deaf = new Set<NodeId>();
  /** What `publish()` does instead. */
  failure: (() => Promise<void> | void) | null = null;
  closed = 0;

  /** @param more what else the link offers. */
  link(more: Partial<ClusterLink> = {}): (channel: ClusterChannel) => ClusterLink {
    return (channel) => ({
      open: () => void this.channels.set(channel.nodeId, channel),
      publish: (message) => {
        if (this.failure !== null) return this.failure();
        this.said.push({ from: channel.nodeId, to: undefined, message });
        for (const [id, other] of this.channels) if (id !== channel.nodeId) this.#tell(other, channel.nodeId, message);
      },
      reply: (to, answer: ClusterAnswer) => {
        this.said.push({ from: channel.nodeId, to, message: answer });
        const asking = this.channels.get(to!);
        if (asking !== undefined) this.#tell(asking, channel.nodeId, answer);
      },
      close: () => {
        this.closed++;
        this.channels.delete(channel.nodeId);
      },
      ...more,
    });
  }

  #tell(channel: ClusterChannel, from: NodeId, message: ClusterMessage): void {
    if (!this.deaf.has(channel.nodeId)) channel.receive(from, structuredClone(message));
  }
}

/** A node on a bus, with sockets that record. */
export class Node {
  readonly host = new Host();
  readonly adapter: ClusterAdapter;

  private constructor(bus: MemoryBus, options: ClusterOptions, more: Partial<ClusterLink>) {
    this.adapter = new ClusterAdapter(this.host as AdapterHost, bus.link(more), options);
  }

  static async start(bus: MemoryBus, options: ClusterOptions = {}, more: Partial<ClusterLink> = {}): Promise<Node> {
    const node = new Node(bus, options, more);
    await node.adapter.init();
    return node;
  }

  get id(): NodeId {
    return this.adapter.nodeId;
  }

  addSocket(id: string, ...rooms: string[]): RecordingSocket {
    const socket = new RecordingSocket(id, () => this.adapter);
    this.host.members.set(id, socket);
    void this.adapter.addAll(id, new Set([id, ...rooms]));
    return socket;
  }
}

/** The events that a socket got, without their packets. */
export function eventsOf({ received }: RecordingSocket): unknown[] {
  return received.map(({ frame }) => (JSON.parse(frame.parts[0] as string) as { data: unknown }).data);
}
