import type { NodeId } from '../../adapter/index.js';

/** What marks the messages of adapters among those of a process; it stands on the wire of the published adapter. */
export const adapterSource = '_sio_adapter';

/** A message of a node, as it goes through the primary. */
export interface AdapterMessage {
  readonly source: typeof adapterSource;
  /** The node that sends it. */
  readonly uid: NodeId;
  /** Its namespace. */
  readonly nsp: string;
  readonly type: number;
  readonly data?: unknown;
  /** In an answer: the node that asked. */
  readonly requesterUid?: NodeId | undefined;
}

/** Whether something is a message of a node; what only looks like one is not. */
export function isAdapterMessage(message: unknown): message is AdapterMessage {
  if (!isFromAdapter(message)) return false;
  const { uid, nsp, type } = message as Partial<AdapterMessage>;
  return typeof uid === 'string' && typeof nsp === 'string' && typeof type === 'number';
}

/** Whether something claims to be a message of a node. */
export function isFromAdapter(message: unknown): message is object {
  return typeof message === 'object' && message !== null && (message as { source?: unknown }).source === adapterSource;
}

/** What marks the messages by which connections are led to workers. */
export const routingSource = 'rookery.routing';

/** What a worker tells the primary. */
export type WorkerMessage =
  | {
      readonly source: typeof routingSource;
      readonly act: 'listen';
      readonly key: string;
      readonly address: ListenAddress;
    }
  | { readonly source: typeof routingSource; readonly act: 'close'; readonly key: string }
  /** The connection that was handed over last has come; the next may. */
  | { readonly source: typeof routingSource; readonly act: 'taken'; readonly key: string }
  | ConnectionMessage;

/** What the primary tells a worker. */
export type PrimaryMessage =
  | {
      readonly source: typeof routingSource;
      readonly act: 'listening';
      readonly key: string;
      readonly address: BoundAddress;
    }
  | {
      readonly source: typeof routingSource;
      readonly act: 'failed';
      readonly key: string;
      readonly error: { readonly code: string | undefined; readonly message: string };
    }
  | ConnectionMessage;

/** A connection that is handed over; the connection itself goes with it. */
export interface ConnectionMessage {
  readonly source: typeof routingSource;
  readonly act: 'connection';
  readonly key: string;
  /** What was read of it, one character for each byte. */
  readonly bytes: string;
}

/** Where a worker wants to listen. */
export interface ListenAddress {
  readonly port: number;
  readonly host: string | undefined;
}

/** Where the primary listens. */
export interface BoundAddress {
  readonly address: string;
  readonly family: string;
  readonly port: number;
}

export function isRoutingMessage<Message extends WorkerMessage | PrimaryMessage>(message: unknown): message is Message {
  return typeof message === 'object' && message !== null && (message as { source?: unknown }).source === routingSource;
}
