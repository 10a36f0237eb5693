import type { Packet } from '../protocol/index.js';
import type { SocketDescription } from './adapter.js';
import type { BroadcastFlags, BroadcastOptions, Room } from './broadcast-options.js';

/** What names a node of the cluster, for one namespace; made anew at every start. */
export type NodeId = string;

/** What nodes say to each other; the numbers stand on the wire of published adapters. */
export const MessageType = {
  INITIAL_HEARTBEAT: 1,
  HEARTBEAT: 2,
  BROADCAST: 3,
  SOCKETS_JOIN: 4,
  SOCKETS_LEAVE: 5,
  DISCONNECT_SOCKETS: 6,
  FETCH_SOCKETS: 7,
  FETCH_SOCKETS_RESPONSE: 8,
  SERVER_SIDE_EMIT: 9,
  SERVER_SIDE_EMIT_RESPONSE: 10,
  BROADCAST_CLIENT_COUNT: 11,
  BROADCAST_ACK: 12,
  ADAPTER_CLOSE: 13,
} as const;

/** The modifiers of a broadcast, as they stand on a wire. */
export interface WireOptions {
  readonly rooms: readonly Room[];
  readonly except: readonly Room[];
  readonly flags: BroadcastFlags;
}

/** What a message says; who says it to whom is told beside it. */
export type ClusterMessage =
  | { readonly type: 1 | 2 | 13 }
  | { readonly type: 3; readonly data: BroadcastData }
  | { readonly type: 4 | 5; readonly data: { readonly opts: WireOptions; readonly rooms: Room[] } }
  | { readonly type: 6; readonly data: { readonly opts: WireOptions; readonly close: boolean } }
  | { readonly type: 7; readonly data: { readonly opts: WireOptions; readonly requestId: string } }
  | { readonly type: 8; readonly data: { readonly requestId: string; readonly sockets: readonly SocketDescription[] } }
  | { readonly type: 9; readonly data: { readonly packet: unknown[]; readonly requestId?: string | undefined } }
  | { readonly type: 10 | 12; readonly data: { readonly requestId: string; readonly packet: unknown } }
  | { readonly type: 11; readonly data: { readonly requestId: string; readonly clientCount: number } };

/** A broadcast; with a `requestId` it asks for acks. */
export interface BroadcastData {
  readonly packet: Packet;
  readonly opts: WireOptions;
  readonly requestId?: string | undefined;
  /** The how manieth kept broadcast of its node it is, where the bus keeps them. */
  readonly seq?: number | undefined;
}

/** A message that is an answer, to the one node that asked. */
export type ClusterAnswer = Extract<ClusterMessage, { type: 8 | 10 | 11 | 12 }>;

export function toWireOptions({ rooms, except, flags }: BroadcastOptions): WireOptions {
  return { rooms: [...rooms], except: [...except], flags };
}

/** The modifiers of a broadcast of another node: only ever for the sockets of this one. */
export function fromWireOptions({ rooms, except, flags }: WireOptions): BroadcastOptions {
  return { rooms: new Set(rooms), except: new Set(except), flags };
}

/** The same of what came over a bus; `undefined` when it is none. */
export function asBroadcastOptions(value: unknown): BroadcastOptions | undefined {
  return isWireOptions(value) ? fromWireOptions(value) : undefined;
}

/**
 * Takes what came over a bus for a message.
 *
 * @returns `undefined` when it is none: whatever stands there, nothing is thrown.
 */
export function asClusterMessage(value: unknown): ClusterMessage | undefined {
  if (!isRecord(value)) return undefined;
  const { type, data } = value;
  const check = typeof type === 'number' ? checks[type] : undefined;
  if (check === undefined) return undefined;
  return check(isRecord(data) ? data : {}) ? (value as unknown as ClusterMessage) : undefined;
}

type Fields = Readonly<Record<string, unknown>>;

const checks: Readonly<Record<number, (data: Fields) => boolean>> = {
  [MessageType.INITIAL_HEARTBEAT]: () => true,
  [MessageType.HEARTBEAT]: () => true,
  [MessageType.BROADCAST]: ({ packet, opts, requestId, seq }) =>
    isEventPacket(packet) && isWireOptions(opts) && isOptionalId(requestId) && isOptionalCount(seq),
  [MessageType.SOCKETS_JOIN]: ({ opts, rooms }) => isWireOptions(opts) && isTexts(rooms),
  [MessageType.SOCKETS_LEAVE]: ({ opts, rooms }) => isWireOptions(opts) && isTexts(rooms),
  [MessageType.DISCONNECT_SOCKETS]: ({ opts }) => isWireOptions(opts),
  [MessageType.FETCH_SOCKETS]: ({ opts, requestId }) => isWireOptions(opts) && isId(requestId),
  [MessageType.FETCH_SOCKETS_RESPONSE]: ({ requestId, sockets }) =>
    isId(requestId) && Array.isArray(sockets) && sockets.every(isSocketDescription),
  [MessageType.SERVER_SIDE_EMIT]: ({ packet, requestId }) =>
    Array.isArray(packet) && typeof packet[0] === 'string' && isOptionalId(requestId),
  [MessageType.SERVER_SIDE_EMIT_RESPONSE]: ({ requestId }) => isId(requestId),
  [MessageType.BROADCAST_CLIENT_COUNT]: ({ requestId, clientCount }) =>
    isId(requestId) && Number.isSafeInteger(clientCount) && (clientCount as number) >= 0,
  [MessageType.BROADCAST_ACK]: ({ requestId }) => isId(requestId),
  [MessageType.ADAPTER_CLOSE]: () => true,
};

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is string {
  return typeof value === 'string';
}

// A codec may write what is missing as null.
function isOptionalId(value: unknown): boolean {
  return value === undefined || value === null || isId(value);
}

function isOptionalCount(value: unknown): boolean {
  return value === undefined || value === null || (Number.isSafeInteger(value) && (value as number) >= 0);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function isWireOptions(value: unknown): value is WireOptions {
  return isRecord(value) && isTexts(value['rooms']) && isTexts(value['except']) && isRecord(value['flags']);
}

/** An event: what applications broadcast; other packets are not for clients of other nodes. */
function isEventPacket(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { type, data } = value;
  return (type === 2 || type === 5) && isEventData(data);
}

/** The name of an event, and its arguments. */
export function isEventData(data: unknown): data is unknown[] {
  return Array.isArray(data) && (typeof data[0] === 'string' || typeof data[0] === 'number');
}

function isSocketDescription(value: unknown): boolean {
  return isRecord(value) && isId(value['id']) && isTexts(value['rooms']);
}
