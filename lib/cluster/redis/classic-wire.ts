import { MessageType, type BroadcastData, type ClusterAnswer, type ClusterMessage } from '../../adapter/index.js';
import { hasBinary } from '../../protocol/index.js';
import type { MessagePack } from '../message-pack.js';

/** The numbers of requests and of some answers, as `@socket.io/redis-adapter` has them. */
export const RequestType = {
  SOCKETS: 0,
  ALL_ROOMS: 1,
  REMOTE_JOIN: 2,
  REMOTE_LEAVE: 3,
  REMOTE_DISCONNECT: 4,
  REMOTE_FETCH: 5,
  SERVER_SIDE_EMIT: 6,
  BROADCAST: 7,
  BROADCAST_CLIENT_COUNT: 8,
  BROADCAST_ACK: 9,
} as const;

/** The type of what only nodes of this package say to each other: published nodes know no such type, and go on. */
export const ownType = 'rookery';

/** What nodes of this package say beyond the published wire. */
export interface OwnNews {
  /** A heartbeat, or a goodbye: its `MessageType`. */
  readonly beat?: 1 | 2 | 13;
  /** With a heartbeat: the node reads batches. */
  readonly reads?: 'batches';
  /** Of the joins that the addressed node has asked for, all up to this number are done and subscribed to. */
  readonly joined?: number;
}

/** What anybody may have written, each field to be looked at. */
export type Fields = Readonly<Record<string, unknown>>;

type RemoteRequest = Exclude<ClusterMessage, { type: 1 | 2 | 8 | 10 | 11 | 12 | 13 }>;

/** Reads what stands in a message. @throws Error when that is nothing. */
export function decode(message: Buffer, msgpack: MessagePack): unknown {
  return message[0] === 0x7b ? JSON.parse(message.toString()) : msgpack.decode(message);
}

/** JSON, as published nodes write it; MessagePack, which they read too, where JSON would lose bytes. */
export function encode(value: object, msgpack: MessagePack): string | Buffer {
  return hasBinary(value) ? msgpack.encode(value) : JSON.stringify(value);
}

/** A request to all other nodes, as the published wire has it. */
export function toRequest(uid: string, message: RemoteRequest): Fields {
  switch (message.type) {
    case MessageType.BROADCAST:
      return { uid, requestId: message.data.requestId, type: RequestType.BROADCAST, ...broadcastOf(message.data) };
    case MessageType.SOCKETS_JOIN:
      return { uid, type: RequestType.REMOTE_JOIN, ...message.data };
    case MessageType.SOCKETS_LEAVE:
      return { uid, type: RequestType.REMOTE_LEAVE, ...message.data };
    case MessageType.DISCONNECT_SOCKETS:
      return { uid, type: RequestType.REMOTE_DISCONNECT, ...message.data };
    case MessageType.FETCH_SOCKETS:
      return { uid, type: RequestType.REMOTE_FETCH, ...message.data };
    case MessageType.SERVER_SIDE_EMIT: {
      const { packet: data, requestId } = message.data;
      return { uid, ...(requestId !== undefined && { requestId }), type: RequestType.SERVER_SIDE_EMIT, data };
    }
  }
}

/** What a request asks; `undefined` when it asks nothing that is known. */
export function fromRequest(request: Fields): unknown {
  const { requestId, rooms, close, data } = request;
  const opts = optionsIn(request['opts']);
  switch (request['type']) {
    case RequestType.SOCKETS:
      return { type: MessageType.FETCH_SOCKETS, data: { opts: optionsIn({ rooms }), requestId } };
    case RequestType.REMOTE_JOIN:
      return {
        type: MessageType.SOCKETS_JOIN,
        data: { opts: opts ?? one(request), rooms: texts(rooms ?? [request['room']]) },
      };
    case RequestType.REMOTE_LEAVE:
      return {
        type: MessageType.SOCKETS_LEAVE,
        data: { opts: opts ?? one(request), rooms: texts(rooms ?? [request['room']]) },
      };
    case RequestType.REMOTE_DISCONNECT:
      return { type: MessageType.DISCONNECT_SOCKETS, data: { opts: opts ?? one(request), close } };
    case RequestType.REMOTE_FETCH:
      return { type: MessageType.FETCH_SOCKETS, data: { opts, requestId } };
    case RequestType.SERVER_SIDE_EMIT:
      return { type: MessageType.SERVER_SIDE_EMIT, data: { packet: data, requestId } };
    case RequestType.BROADCAST:
      return { type: MessageType.BROADCAST, data: { packet: request['packet'], opts, requestId: requestId ?? '' } };
    default:
      return undefined;
  }
}

/** An answer, as the published wire has it; who gives it is read by nodes of this package alone. */
export function toResponse(uid: string, answer: ClusterAnswer): Fields {
  const { requestId } = answer.data;
  switch (answer.type) {
    case MessageType.FETCH_SOCKETS_RESPONSE:
      return { uid, requestId, sockets: answer.data.sockets };
    case MessageType.SERVER_SIDE_EMIT_RESPONSE:
      return { uid, type: RequestType.SERVER_SIDE_EMIT, requestId, data: answer.data.packet };
    case MessageType.BROADCAST_CLIENT_COUNT:
      return { uid, type: RequestType.BROADCAST_CLIENT_COUNT, requestId, clientCount: answer.data.clientCount };
    case MessageType.BROADCAST_ACK:
      return { uid, type: RequestType.BROADCAST_ACK, requestId, packet: answer.data.packet };
  }
}

/** What an answer says; `undefined` when it is to a question that this package does not ask. */
export function fromResponse(response: Fields): unknown {
  const { requestId, type, sockets } = response;
  switch (type) {
    case RequestType.SERVER_SIDE_EMIT:
      return { type: MessageType.SERVER_SIDE_EMIT_RESPONSE, data: { requestId, packet: response['data'] } };
    case RequestType.BROADCAST_CLIENT_COUNT:
      return { type: MessageType.BROADCAST_CLIENT_COUNT, data: { requestId, clientCount: response['clientCount'] } };
    case RequestType.BROADCAST_ACK:
      return { type: MessageType.BROADCAST_ACK, data: { requestId, packet: response['packet'] } };
    default:
      if (sockets === undefined) return undefined;
      return { type: MessageType.FETCH_SOCKETS_RESPONSE, data: { requestId, sockets } };
  }
}

/** A broadcast as it stands behind the id of its sender. */
export function broadcastOf({ packet, opts }: BroadcastData): Pick<BroadcastData, 'packet' | 'opts'> {
  return { packet, opts };
}

/** A broadcast of another node; its namespace has to be this one, and where none stands it is the main one. */
export function fromBroadcast(packet: unknown, opts: unknown): unknown {
  return { type: MessageType.BROADCAST, data: { packet, opts: optionsIn(opts) } };
}

export function isOf(namespace: string, packet: unknown): boolean {
  return isFields(packet) && ((packet['nsp'] ?? '/') as unknown) === namespace;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Published nodes leave out what is empty, and have rooms whose names are numbers. */
export function optionsIn(opts: unknown): unknown {
  if (!isFields(opts)) return undefined;
  return { rooms: texts(opts['rooms'] ?? []), except: texts(opts['except'] ?? []), flags: opts['flags'] ?? {} };
}

function one({ sid }: Fields): unknown {
  return optionsIn({ rooms: [sid] });
}

function texts(rooms: unknown): unknown {
  if (!Array.isArray(rooms)) return rooms;
  return rooms.some((room) => typeof room === 'number')
    ? rooms.map((room: unknown) => (typeof room === 'number' ? String(room) : room))
    : rooms;
}
