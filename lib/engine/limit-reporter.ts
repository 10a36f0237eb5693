import { ParseError, type ParseErrorReason } from '../protocol/index.js';

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
  readonly #tell: (hit: LimitHit) => void;

  /** @param tell must not throw. */
  constructor(tell: (hit: LimitHit) => void) {
    this.#tell = tell;
  }

  /** How often each limit was reached since the start. */
  get counts(): ReadonlyMap<LimitName, number> {
    return this.#counts;
  }

  report(hit: LimitHit): void {
    this.#counts.set(hit.limit, this.#counts.get(hit.limit)! + 1);
    this.#tell(hit);
  }

  /** Reports the limit for which input was refused; does nothing for any other reason. */
  reportRefusal(error: unknown, socket: object): void {
    const limit = error instanceof ParseError ? limitsOfReasons[error.reason] : undefined;
    if (limit !== undefined) this.report({ limit, socket });
  }
}
