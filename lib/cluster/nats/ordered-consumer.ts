import { createId } from '../../shared/index.js';
import type { JetStream } from './jetstream.js';
import type { NatsMessage, NatsSubscription } from './nats-connection.js';
import type { NatsHub } from './nats-hub.js';

/** What a consumer reports. */
export interface StreamListener {
  /** A message, its place in the stream, and how many are behind it. */
  onPayload(seq: number, payload: Uint8Array, pending: number): void;
  /** What comes next is not what is behind the last one, or nothing comes: it has to be started anew. */
  onGap(): void;
}

/** What stands in the reply subject of a message that a stream delivers. */
interface Delivery {
  readonly streamSeq: number;
  readonly consumerSeq: number;
  readonly pending: number;
}

const milliseconds = 1_000_000;
const heartbeat = 2_000;
/** How many heartbeats may not come. */
const maxMissedHeartbeats = 3;

/** Reads a stream from a place on, in order and without gaps. */
export class OrderedConsumer {
  readonly #hub: NatsHub;
  readonly #jetStream: JetStream;
  readonly #stream: string;
  readonly #listener: StreamListener;
  #lastSeq = 0;
  #consumed = 0;
  #subscription: NatsSubscription | null = null;
  #run = 0;
  #silence: ReturnType<typeof setTimeout> | null = null;

  constructor(hub: NatsHub, jetStream: JetStream, stream: string, listener: StreamListener) {
    this.#hub = hub;
    this.#jetStream = jetStream;
    this.#stream = stream;
    this.#listener = listener;
  }

  /** The last message that was read. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Begins, also anew, behind a place of the stream. */
  async start(after: number): Promise<void> {
    this.stop();
    const run = this.#run;
    const subject = `_INBOX.${createId()}`;
    this.#lastSeq = after;
    this.#consumed = 0;
    this.#subscription = this.#hub.connection().subscribe(subject, {
      callback: (error, message) => {
        if (error === null && run === this.#run) this.#onMessage(message);
      },
    });
    this.#listenForSilence();
    await this.#jetStream.createConsumer(this.#stream, {
      deliver_subject: subject,
      deliver_policy: 'by_start_sequence',
      opt_start_seq: after + 1,
      ack_policy: 'none',
      max_deliver: 1,
      replay_policy: 'instant',
      flow_control: true,
      idle_heartbeat: heartbeat * milliseconds,
      mem_storage: true,
      num_replicas: 1,
    });
  }

  stop(): void {
    this.#run++;
    this.#subscription?.unsubscribe();
    this.#subscription = null;
    if (this.#silence !== null) clearTimeout(this.#silence);
  }

  #onMessage({ data, reply, headers }: NatsMessage): void {
    this.#silence?.refresh();
    if (headers !== undefined && headers.code === 100 && data.length === 0) {
      this.#onStatus(reply, headers);
      return;
    }
    const delivery = deliveryOf(reply ?? '');
    if (delivery === undefined) return;
    if (delivery.consumerSeq !== this.#consumed + 1) {
      this.stop();
      this.#listener.onGap();
      return;
    }
    this.#consumed = delivery.consumerSeq;
    this.#lastSeq = delivery.streamSeq;
    this.#listener.onPayload(delivery.streamSeq, data, delivery.pending);
  }

  #onStatus(reply: string | undefined, headers: NonNullable<NatsMessage['headers']>): void {
    // The server waits for an answer before it goes on.
    const answerTo = reply !== undefined && reply !== '' ? reply : headers.get('Nats-Consumer-Stalled');
    if (answerTo !== '') this.#hub.connection().publish(answerTo);
    const last = headers.get('Nats-Last-Consumer');
    if (last !== '' && Number(last) !== this.#consumed) {
      this.stop();
      this.#listener.onGap();
    }
  }

  #listenForSilence(): void {
    this.#silence = setTimeout(() => this.#listener.onGap(), heartbeat * maxMissedHeartbeats);
    this.#silence.unref();
  }
}

/** `$JS.ACK.[domain.account.]stream.consumer.delivered.streamSeq.consumerSeq.time.pending[.token]` */
function deliveryOf(reply: string): Delivery | undefined {
  const tokens = reply.split('.');
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK') return undefined;
  const at = tokens.length === 9 ? 5 : 7;
  const [streamSeq, consumerSeq, , pending] = tokens.slice(at).map(Number);
  if (!Number.isSafeInteger(streamSeq) || !Number.isSafeInteger(consumerSeq)) return undefined;
  return { streamSeq: streamSeq!, consumerSeq: consumerSeq!, pending: pending! };
}
