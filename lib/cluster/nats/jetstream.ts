import { RookeryError } from '../../shared/index.js';
import type { NatsMessage } from './nats-connection.js';
import { isWithoutResponders } from './nats-connection.js';
import type { NatsHub } from './nats-hub.js';

/** What a stream is made with, in the words of the JetStream API. */
export interface StreamConfig {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly max_age: number;
  readonly max_msgs: number;
  readonly max_msgs_per_subject: number;
  readonly storage: 'file' | 'memory';
  readonly num_replicas: number;
}

export interface StreamInfo {
  readonly created: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly state: { readonly first_seq: number; readonly last_seq: number };
}

export interface StoredMessage {
  readonly subject: string;
  readonly seq: number;
  readonly data: Buffer;
}

/** JetStream has refused something; `code` is that of its API. */
export class JetStreamError extends Error {
  readonly code: number;

  constructor(code: number, description: string) {
    super(`JetStream: ${description}`);
    this.code = code;
  }
}

interface ApiResponse {
  readonly error?: { readonly code: number; readonly description: string };
}

const notFound = 404;

/** The JetStream API, as far as it is needed: requests as JSON, so that it is the same for every client library. */
export class JetStream {
  readonly #hub: NatsHub;
  readonly #apiPrefix: string;

  constructor(hub: NatsHub, apiPrefix: string) {
    this.#hub = hub;
    this.#apiPrefix = apiPrefix;
  }

  /** Has a message kept; resolves with its place in the stream. */
  async publish(subject: string, payload: Uint8Array): Promise<number> {
    const { seq } = read<{ seq: number }>(await this.#hub.request(subject, payload));
    return seq;
  }

  /** Creates a stream, or sets the limits of the one that is there. */
  async ensureStream(config: StreamConfig): Promise<StreamInfo> {
    const { name } = config;
    let info = await this.#find<StreamInfo>(`STREAM.INFO.${name}`, {});
    info ??= await this.#create(config);
    const { max_age, max_msgs } = config;
    if (info.config['max_age'] === max_age && info.config['max_msgs'] === max_msgs) return info;
    return this.#call(`STREAM.UPDATE.${name}`, { ...info.config, max_age, max_msgs });
  }

  streamInfo(stream: string): Promise<StreamInfo> {
    return this.#call(`STREAM.INFO.${stream}`, {});
  }

  /** Begins to deliver the messages of a stream to a subject, in their order. */
  async createConsumer(stream: string, config: object): Promise<void> {
    await this.#call(`CONSUMER.CREATE.${stream}`, { stream_name: stream, config });
  }

  messageAt(stream: string, seq: number): Promise<StoredMessage | undefined> {
    return this.#message(stream, { seq });
  }

  lastMessage(stream: string, subject: string): Promise<StoredMessage | undefined> {
    return this.#message(stream, { last_by_subj: subject });
  }

  /** Deletes a message; resolves with `false` when somebody else has. */
  async deleteMessage(stream: string, seq: number): Promise<boolean> {
    try {
      await this.#call(`STREAM.MSG.DELETE.${stream}`, { seq, no_erase: true });
      return true;
    } catch (error) {
      // One that is gone is no error of its own in every version of the server.
      if (error instanceof JetStreamError) return false;
      throw error;
    }
  }

  async #create(config: StreamConfig): Promise<StreamInfo> {
    const rest = { retention: 'limits', discard: 'old', max_bytes: -1, max_consumers: -1, allow_direct: false };
    try {
      return await this.#call(`STREAM.CREATE.${config.name}`, { ...rest, ...config });
    } catch (error) {
      // Another node may have been faster, with other limits.
      const info = await this.#find<StreamInfo>(`STREAM.INFO.${config.name}`, {});
      if (info === undefined) throw error;
      return info;
    }
  }

  async #message(stream: string, query: object): Promise<StoredMessage | undefined> {
    type Response = { message: { subject: string; seq: number; data?: string } };
    const found = await this.#find<Response>(`STREAM.MSG.GET.${stream}`, query);
    if (found === undefined) return undefined;
    const { subject, seq, data = '' } = found.message;
    return { subject, seq, data: Buffer.from(data, 'base64') };
  }

  async #find<T>(name: string, request: object): Promise<T | undefined> {
    try {
      return await this.#call<T>(name, request);
    } catch (error) {
      if (error instanceof JetStreamError && error.code === notFound) return undefined;
      throw error;
    }
  }

  async #call<T>(name: string, request: object): Promise<T> {
    const payload = Buffer.from(JSON.stringify(request));
    try {
      return read<T>(await this.#hub.request(`${this.#apiPrefix}.${name}`, payload));
    } catch (cause) {
      if (!isWithoutResponders(cause)) throw cause;
      const message = 'recovery needs JetStream: start nats-server with -js';
      throw new RookeryError('CLUSTER_UNREACHABLE', message, { cause });
    }
  }
}

function read<T>({ data }: NatsMessage): T {
  const response = JSON.parse(Buffer.from(data).toString()) as T & ApiResponse;
  const { error } = response;
  if (error !== undefined) throw new JetStreamError(error.code, error.description);
  return response;
}
