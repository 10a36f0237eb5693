import { RookeryError } from '../../shared/index.js';
import type { NatsMessage } from './nats-connection.js';
import { headersOf, isWithoutResponders } from './nats-connection.js';
import type { NatsHub } from './nats-hub.js';
import type { ResolvedNatsStorage } from './options.js';

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

/** What a stream keeps: the limits of -1 are none. */
export interface StreamLimits {
  /** In milliseconds. */
  readonly maxAge: number;
  readonly maxMessages: number;
  readonly maxPerSubject: number;
}

/** How a stream of one pattern of subjects is made. */
export function streamConfig(
  name: string,
  subject: string,
  { maxAge, maxMessages, maxPerSubject }: StreamLimits,
  { storage, replicas }: ResolvedNatsStorage,
): StreamConfig {
  return {
    name,
    subjects: [subject],
    max_age: Math.round(maxAge * nanoseconds),
    max_msgs: maxMessages,
    max_msgs_per_subject: maxPerSubject,
    storage,
    num_replicas: replicas,
  };
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
  /** When it was kept, in milliseconds since 1970, by the clock of the server. */
  readonly time: number;
}

/** JetStream has refused something; `code` is that of its API, `detail` its more exact one. */
export class JetStreamError extends Error {
  readonly code: number;
  readonly detail: number | undefined;

  constructor({ code, err_code: detail, description }: ApiError) {
    super(`JetStream: ${description}`);
    this.code = code;
    this.detail = detail;
  }
}

interface ApiError {
  readonly code: number;
  readonly err_code?: number;
  readonly description: string;
}

interface ApiResponse {
  readonly error?: ApiError;
}

const nanoseconds = 1_000_000;
const notFound = 404;
/** The last message of the subject is another one. */
const wrongLastSequence = 10_071;

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

  /**
   * Has a message kept if its subject has got none behind the one at `last`, 0 for none at all.
   *
   * @returns its place in the stream; `undefined` when somebody was faster.
   */
  async publishAfter(subject: string, payload: Uint8Array, last: number): Promise<number | undefined> {
    const headers = headersOf('Nats-Expected-Last-Subject-Sequence', String(last));
    try {
      return read<{ seq: number }>(await this.#hub.request(subject, payload, { headers })).seq;
    } catch (error) {
      if (error instanceof JetStreamError && error.detail === wrongLastSequence) return undefined;
      throw error;
    }
  }

  /** Creates a stream, or sets the limits of the one that is there. */
  async ensureStream(config: StreamConfig): Promise<StreamInfo> {
    const { name } = config;
    let info = await this.#find<StreamInfo>(`STREAM.INFO.${name}`, {});
    info ??= await this.#create(config);
    const { max_age, max_msgs, max_msgs_per_subject } = config;
    const limits = { max_age, max_msgs, max_msgs_per_subject };
    if (Object.entries(limits).every(([limit, value]) => info.config[limit] === value)) return info;
    return this.#call(`STREAM.UPDATE.${name}`, { ...info.config, ...limits });
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

  /** The first message of a subject at a place of the stream or behind it. */
  nextMessage(stream: string, subject: string, seq: number): Promise<StoredMessage | undefined> {
    return this.#message(stream, { next_by_subj: subject, seq });
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
    type Response = { message: { subject: string; seq: number; data?: string; time: string } };
    const found = await this.#find<Response>(`STREAM.MSG.GET.${stream}`, query);
    if (found === undefined) return undefined;
    const { subject, seq, data = '', time } = found.message;
    return { subject, seq, data: Buffer.from(data, 'base64'), time: Date.parse(time) };
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
      const message = 'keeping messages needs JetStream: start nats-server with -js';
      throw new RookeryError('CLUSTER_UNREACHABLE', message, { cause });
    }
  }
}

function read<T>({ data }: NatsMessage): T {
  const response = JSON.parse(Buffer.from(data).toString()) as T & ApiResponse;
  const { error } = response;
  if (error !== undefined) throw new JetStreamError(error);
  return response;
}
