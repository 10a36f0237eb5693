/** What came on a subject. */
export interface NatsMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly reply?: string | undefined;
  readonly headers?: { readonly code: number; get(name: string): string } | undefined;
}

export interface NatsSubscription {
  unsubscribe(): void;
}

/** A connection of `@nats-io/transport-node` 3, or of `nats` 2. */
export interface NatsConnection {
  readonly info?: { readonly max_payload: number } | undefined;
  publish(subject: string, payload?: Uint8Array, options?: { reply?: string }): void;
  subscribe(subject: string, options: { callback(error: Error | null, message: NatsMessage): void }): NatsSubscription;
  request(subject: string, payload?: Uint8Array, options?: { timeout: number; headers?: object }): Promise<NatsMessage>;
  /** Resolves when the server has taken all that was published. */
  flush(): Promise<void>;
  status(): AsyncIterable<{ readonly type: string }>;
  /** Resolves when it is closed for good. */
  closed(): Promise<void | Error>;
  isClosed(): boolean;
  close(): Promise<void>;
}

/** One header, as every client library asks for it when it writes. @see NATS client protocol §HPUB */
export function headersOf(name: string, value: string): object {
  const bytes = Buffer.from(`NATS/1.0\r\n${name}: ${value}\r\n\r\n`);
  return { encode: () => bytes };
}

/** Whether a request failed because nobody listens to its subject. */
export function isWithoutResponders(error: unknown): boolean {
  const { name, code, message } = error as { name?: unknown; code?: unknown; message?: unknown };
  // Version 2 of the client tells by the code.
  return name === 'NoRespondersError' || code === '503' || /no responders/i.test(String(message));
}
