import type { BroadcastOptions, ClusterChannel, NodeId } from '../../adapter/index.js';
import { batchEntry, batchHead, readBatch, senderOf, textPrefix, type BatchReader } from './batch-wire.js';
import { ClassicLink } from './classic-link.js';
import type { Fields, OwnNews } from './classic-wire.js';
import { nodeOf } from '../redis-common/node-names.js';
import type { RedisHub } from '../redis-common/redis-hub.js';
import type { ResolvedRedisOptions } from './options.js';
import type { Listeners } from './redis-link.js';

/** How often it is looked whether every node reads batches, in milliseconds. */
const checkInterval = 1_000;

/**
 * The classic wire, and batches: the broadcasts of one turn of the event loop in one message, as clients get them.
 *
 * They are used while every node has said that it reads them, and as many listen to them as to requests: published nodes
 * say nothing. Everything else, and bytes, goes over the classic wire, in order with them.
 */
export class BatchedLink extends ClassicLink {
  readonly #batches: string;
  readonly #head: string;
  readonly #ownHead: Buffer;
  readonly #prefix: string;
  readonly #reader: BatchReader;
  readonly #readers = new Set<NodeId>();
  #takesTexts = false;
  #checks: ReturnType<typeof setInterval> | null = null;

  constructor(channel: ClusterChannel, hub: RedisHub, options: ResolvedRedisOptions) {
    super(channel, hub, options);
    // No pattern of published nodes matches it: they cannot read what comes there.
    this.#batches = `${options.key}-batch#${channel.namespace}#`;
    this.#head = batchHead(this.uid);
    this.#ownHead = Buffer.from(this.#head);
    this.#prefix = textPrefix(channel.namespace);
    this.#reader = {
      hasMember: (room) => this.rooms.has(room),
      take: (text, options) => channel.receiveText(text, options),
    };
  }

  get takesTexts(): boolean {
    return this.#takesTexts;
  }

  override async open(): Promise<void> {
    this.#checks = setInterval(() => void this.#check(), checkInterval);
    this.#checks.unref();
    await super.open();
    await this.#check();
  }

  override async close(): Promise<void> {
    if (this.#checks !== null) clearInterval(this.#checks);
    this.#takesTexts = false;
    await super.close();
  }

  // hot: one text per message.
  publishText(text: string, options: BroadcastOptions): Promise<void> {
    return this.sendText(this.#batches, this.#head, batchEntry(text, options));
  }

  protected override listeners(): Listeners {
    return this.channel.suitsTexts() ? [...super.listeners(), [this.#batches, this.#onBatch]] : super.listeners();
  }

  protected override beat(beat: OwnNews['beat']): OwnNews {
    return this.channel.suitsTexts() ? { beat, reads: 'batches' } : { beat };
  }

  protected override onBeat(node: NodeId, { reads }: Fields): void {
    if (reads === 'batches') {
      this.#readers.add(node);
    } else {
      this.#readers.delete(node);
      this.#takesTexts = false;
    }
  }

  // hot: once per turn of the event loop of its sender.
  readonly #onBatch = (message: Buffer): void => {
    const own = this.#ownHead;
    if (message.length >= own.length && own.compare(message, 0, own.length) === 0) return;
    const batch = message.toString();
    const node = nodeOf(senderOf(batch));
    if (node !== undefined) this.channel.heard(node);
    if (node === undefined || !readBatch(batch, this.#prefix, this.#reader)) this.channel.dropMalformed();
  };

  async #check(): Promise<void> {
    try {
      const [requests, batches] = await this.count([this.everyone, this.#batches]);
      const nodes = [...this.channel.nodes()];
      for (const node of this.#readers) if (!nodes.includes(node)) this.#readers.delete(node);
      const isAlone = batches === 1;
      this.#takesTexts = requests === batches && !isAlone && nodes.every((node) => this.#readers.has(node));
    } catch {
      this.#takesTexts = false;
    }
  }
}
