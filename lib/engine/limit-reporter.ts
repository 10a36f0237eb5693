import { ParseError, type ParseErrorReason } from '../protocol/index.js';
import type { SlowConsumer } from './slow-consumer.js';

const names = [
  'maxConnections',
  'maxConnectionsPerIp',
  'handshakeRate',
  'slowConsumer',
  'maxPacketsPerPayload',
  'maxDepth',
  'maxNamespaceLength',
  'maxAttachments',
  'maxAttachmentBytes',
  'attachmentTimeout',
  'maxNamespacesPerConnection',
  'connectRate',
  'maxFailedConnects',
  'maxSockets',
  'eventRate',
  'maxPendingAcks',
  'maxRoomsPerSocket',
  'joinRate',
  'maxSessions',
  'maxPackets',
  'maxStreamsPerSocket',
] as const;

/** What is limited, by the name of its option or of what happens. */
export type LimitName = (typeof names)[number];

/** A limit that was reached, as listeners of `limit` get it. */
export interface LimitHit {
  readonly limit: LimitName;
  /** What is allowed, where it is one number. */
  readonly max?: number;
  /** The session that reached it, where there is one. */
  readonly socket?: object;
  /** The namespace in which it was reached, where it is one of namespaces. */
  readonly namespace?: string;
  /** The address that reached it, or its IPv6 prefix, where it is one of addresses. */
  readonly address?: string;
}

const limitsOfReasons: Partial<Record<ParseErrorReason, LimitName>> = {
  tooManyPackets: 'maxPacketsPerPayload',
  tooDeep: 'maxDepth',
  namespaceTooLong: 'maxNamespaceLength',
  tooManyAttachments: 'maxAttachments',
  attachmentsTooLarge: 'maxAttachmentBytes',
  lateAttachments: 'attachmentTimeout',
};

/** Counts how often each limit was reached, and tells who listens. */
export class LimitReporter {
  readonly #counts = new Map<LimitName, number>(names.map((name) => [name, 0]));
  readonly #byNamespace = new Map<string, Map<LimitName, number>>();
  readonly #tell: (event: 'limit' | 'slowConsumer', ...args: unknown[]) => void;
  #droppedPackets = 0;

  /** @param tell must not throw. */
  constructor(tell: (event: 'limit' | 'slowConsumer', ...args: unknown[]) => void) {
    this.#tell = tell;
  }

  /** How often each limit was reached since the start. */
  get counts(): ReadonlyMap<LimitName, number> {
    return this.#counts;
  }

  /** The same of each namespace in which one was reached; those of a namespace end with it. */
  get countsByNamespace(): ReadonlyMap<string, ReadonlyMap<LimitName, number>> {
    return this.#byNamespace;
  }

  /** How many volatile packets were dropped since the start, so that others had room. */
  get droppedPackets(): number {
    return this.#droppedPackets;
  }

  report(hit: LimitHit): void {
    const { limit, namespace } = hit;
    count(this.#counts, limit);
    if (namespace !== undefined) {
      let counts = this.#byNamespace.get(namespace);
      if (counts === undefined) this.#byNamespace.set(namespace, (counts = new Map()));
      count(counts, limit);
    }
    this.#tell('limit', hit);
  }

  /** The namespace is gone: names that clients choose must not pile up. */
  forgetNamespace(namespace: string): void {
    this.#byNamespace.delete(namespace);
  }

  /** Tells of a client that does not take what it is sent, once nobody walks over sockets. */
  reportSlowConsumer(socket: object, consumer: SlowConsumer): void {
    if (consumer.action === 'dropped') this.#droppedPackets += consumer.dropped;
    process.nextTick(() => this.#tell('slowConsumer', socket, consumer));
  }

  /** Reports the limit for which input was refused; does nothing for any other reason. */
  reportRefusal(error: unknown, socket: object): void {
    const limit = error instanceof ParseError ? limitsOfReasons[error.reason] : undefined;
    if (limit !== undefined) this.report({ limit, socket });
  }
}

function count(counts: Map<LimitName, number>, limit: LimitName): void {
  counts.set(limit, (counts.get(limit) ?? 0) + 1);
}
