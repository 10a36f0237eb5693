/**
 * Where a message stands in its stream.
 *
 * Numbers of one epoch are 1, 2, 3, … without a gap. A stream that was forgotten and begins again has a later epoch.
 */
export interface DeliveryOffset {
  /** When the stream began, in milliseconds of the log's own clock. */
  readonly epoch: number;
  readonly number: number;
}

/** Where a stream stands that has no message. */
export const noDelivery: DeliveryOffset = { epoch: 0, number: 0 };

/** How much of each stream is kept, and for how long. */
export interface DeliveryLogLimits {
  /** How long a message is kept, in milliseconds. */
  readonly maxAge: number;
  /** How many messages of one stream are kept. */
  readonly maxMessagesPerStream: number;
  /** How many messages of all streams of a namespace are kept, where a process keeps them in its memory. */
  readonly maxMessages: number;
}

/** A message that was kept. */
export interface DeliveredMessage {
  readonly number: number;
  /** The event's name and its arguments. */
  readonly data: unknown[];
}

/** Some messages of a stream, in order and without a gap. */
export interface DeliveryPage {
  /** The last message of the stream; number 0 of epoch 0 when it has none. */
  readonly head: DeliveryOffset;
  /** The oldest messages behind the one that was asked for, of the head's epoch. */
  readonly messages: DeliveredMessage[];
}

/**
 * The messages of the streams of one namespace, which every node reads and appends to.
 *
 * What is older than its limits is never read, whether it was dropped yet or not. Every method rejects when the log
 * cannot be reached.
 */
export interface DeliveryLog {
  /** Keeps a message behind all others of its stream, those of other nodes included. @returns where it stands. */
  append(stream: string, data: unknown[]): Promise<DeliveryOffset>;
  /** The last messages of streams, in the order asked for; number 0 of epoch 0 for one without any. */
  heads(streams: readonly string[]): Promise<DeliveryOffset[]>;
  /**
   * Reads behind a message, of the stream's current epoch: from the first one kept when `after` is of another epoch.
   *
   * The first one read is not `after.number + 1` when that one is not kept any more.
   *
   * @param limit how many messages at most, from 1.
   */
  read(stream: string, after: DeliveryOffset, limit: number): Promise<DeliveryPage>;
  /** Lets go of timers and of what it opened; what is kept stays where others keep it. */
  close(): Promise<void> | void;
}

/** An adapter, or the link of one, that keeps messages until their receivers have them. */
export interface KeepsDeliveries {
  /**
   * Makes the log of its namespace; called once, before or after the adapter has started.
   *
   * @returns `undefined` where nothing can keep messages, as with a bus that cannot.
   */
  openDeliveryLog(limits: DeliveryLogLimits): DeliveryLog | undefined;
}
