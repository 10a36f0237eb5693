import type {
  BroadcastData,
  ClusterChannel,
  ClusterMessage,
  KeptSession,
  LoggedBroadcast,
  RecoveringClusterLink,
} from '../../lib/adapter/index.js';

interface Entry {
  readonly from: string;
  readonly message: ClusterMessage;
}

/** A bus that keeps messages, and whose every step the test takes: messages reach it, and nodes, when it says so. */
export class MemoryLogBus {
  readonly entries: Entry[] = [];
  readonly sessions = new Map<string, KeptSession>();
  /** How many of the first entries are not kept any more. */
  trimmed = 0;

  /** What a node wants to say and has not yet, and how far it has read. */
  connect(channel: ClusterChannel): MemoryLogLink {
    return new MemoryLogLink(this, channel);
  }
}

export class MemoryLogLink implements RecoveringClusterLink {
  readonly outbox: ClusterMessage[] = [];
  readonly log;
  readonly #bus: MemoryLogBus;
  readonly #channel: ClusterChannel;
  #read: number;
  /** Whether this node knows where the bus stands; the test may take that away before it opens. */
  isBegun = true;

  constructor(bus: MemoryLogBus, channel: ClusterChannel) {
    this.#bus = bus;
    this.#channel = channel;
    this.#read = bus.entries.length;
    const { sessions } = bus;
    const start = (): string => (this.isBegun ? String(this.#read) : '');
    this.log = {
      get start() {
        return start();
      },
      compare: (a: string, b: string) => (/^\d+$/.test(a + b) ? Number(a) - Number(b) : undefined),
      read: async (after: string, upTo: string) => this.#broadcasts(Number(after), Number(upTo)),
      saveSession: async (pid: string, session: KeptSession) => void sessions.set(pid, session),
      takeSession: async (pid: string) => {
        const session = sessions.get(pid);
        sessions.delete(pid);
        return session;
      },
    };
  }

  open(): void {}

  publish(message: ClusterMessage): void {
    this.outbox.push(JSON.parse(JSON.stringify(message)) as ClusterMessage);
  }

  reply(): void {}

  close(): void {}

  /** The node learns where the bus stands. */
  begin(): void {
    this.isBegun = true;
    this.#channel.advance(this.log.start);
  }

  /** The bus takes the next message of this node. */
  push(): void {
    const message = this.outbox.shift();
    if (message !== undefined) this.#bus.entries.push({ from: this.#channel.nodeId, message });
  }

  /** The node hears the next message of the bus. */
  pull(): void {
    const entry = this.#bus.entries[this.#read];
    if (entry === undefined) return;
    this.#read++;
    this.#channel.advance(String(this.#read));
    this.#channel.receive(entry.from, entry.message);
  }

  #broadcasts(after: number, upTo: number): LoggedBroadcast[] | undefined {
    if (after < this.#bus.trimmed) return undefined;
    return this.#bus.entries
      .slice(after, upTo)
      .flatMap(({ from, message }, index) =>
        message.type === 3 ? [{ position: String(after + index + 1), from, data: message.data as BroadcastData }] : [],
      );
  }
}
