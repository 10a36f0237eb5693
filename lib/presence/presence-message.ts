import type { PresenceConnection } from './presence-member.js';

/** The event of `serverSideEmit()` that messages go by; the number is that of their format. */
export const presenceEvent = 'rookery:presence:1';

/** What becomes of a connection, as it stands in messages. */
export const OpCode = { left: 0, set: 1, disconnected: 2 } as const;

/** A connection that is there: without a key that of its socket's id, without metadata none. */
export type SetOp = readonly [op: typeof OpCode.set, room: string, id: string, key?: string | 0, metadata?: unknown];
export type RemoveOp = readonly [op: typeof OpCode.left | typeof OpCode.disconnected, room: string, id: string];
export type Op = SetOp | RemoveOp;

/** What nodes say to each other; `n` is who says it. */
export type PresenceMessage =
  /** A node has started: who is there? */
  | { readonly t: 'hello'; readonly n: string }
  /** A node is there, with `c` connections, in its version `v`. */
  | { readonly t: 'beat'; readonly n: string; readonly v: number; readonly c: number }
  /** One op for each version behind `f`. */
  | { readonly t: 'delta'; readonly n: string; readonly f: number; readonly o: readonly Op[] }
  /** Those nodes are asked for all they have. */
  | { readonly t: 'ask'; readonly n: string; readonly to: readonly string[] }
  /** Part `i` of `of` of all that a node has in its version `v`. */
  | {
      readonly t: 'state';
      readonly n: string;
      readonly v: number;
      readonly i: number;
      readonly of: number;
      readonly o: readonly SetOp[];
    }
  /** A node leaves for good. */
  | { readonly t: 'bye'; readonly n: string };

/** The longest name of a room, and key of a member. */
export const maxNameLength = 1_024;
/** The most that metadata may ever take, in bytes: more is no metadata of any node. */
export const metadataCeiling = 65_536;
/** The most ops that one message has; what is sent stays far below. */
const maxOps = 1_000;
const maxParts = 65_536;
const maxAsked = 1_000;

const opsPerMessage = 500;
const charactersPerMessage = 49_152;

/** The op that says that a connection is there. */
export function setOp(room: string, { id, key, metadata }: PresenceConnection): SetOp {
  if (metadata !== undefined) return [OpCode.set, room, id, key === id ? 0 : key, metadata];
  return key === id ? [OpCode.set, room, id] : [OpCode.set, room, id, key];
}

/** Distributes ops over messages of bounded size, in their order; at least one. */
export function inChunks<O extends Op>(ops: readonly O[]): O[][] {
  const chunks: O[][] = [[]];
  let characters = 0;
  for (const op of ops) {
    const length = JSON.stringify(op).length;
    let chunk = chunks.at(-1)!;
    if (chunk.length > 0 && (chunk.length === opsPerMessage || characters + length > charactersPerMessage)) {
      chunks.push((chunk = []));
      characters = 0;
    }
    chunk.push(op);
    characters += length;
  }
  return chunks;
}

/** The value as a message, if it is one. */
export function asPresenceMessage(value: unknown): PresenceMessage | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const message = value as Record<string, unknown>;
  if (!isName(message['n'])) return undefined;
  const check = checks[message['t'] as PresenceMessage['t']] as ((message: object) => boolean) | undefined;
  return Object.hasOwn(checks, message['t'] as string) && check!(message) ? (value as PresenceMessage) : undefined;
}

type Fields = Readonly<Record<string, unknown>>;

const checks: Readonly<Record<PresenceMessage['t'], (message: Fields) => boolean>> = {
  hello: () => true,
  beat: ({ v, c }) => isCount(v) && isCount(c),
  delta: ({ f, o }) => isCount(f) && isList(o, maxOps) && o.length > 0 && o.every(isOp),
  ask: ({ to }) => isList(to, maxAsked) && to.every(isName),
  state: ({ v, i, of, o }) =>
    isCount(v) &&
    isCount(i) &&
    isCount(of) &&
    of <= maxParts &&
    i < of &&
    isList(o, maxOps) &&
    o.every((op) => isOp(op) && op[0] === OpCode.set),
  bye: () => true,
};

function isOp(value: unknown): value is Op {
  if (!Array.isArray(value)) return false;
  const [code, room, id, key, metadata] = value as unknown[];
  if (!isName(room) || !isName(id)) return false;
  if (code === OpCode.left || code === OpCode.disconnected) return true;
  if (code !== OpCode.set) return false;
  // What carries messages may write "no value" as null.
  const hasKey = key !== undefined && key !== null && key !== 0;
  return (!hasKey || isName(key)) && (metadata === undefined || isMetadata(metadata));
}

function isMetadata(value: unknown): boolean {
  try {
    const text = JSON.stringify(value) as string | undefined;
    // A character is at most three bytes.
    return text !== undefined && text.length <= metadataCeiling;
  } catch {
    return false;
  }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= maxNameLength;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isList(value: unknown, most: number): value is unknown[] {
  return Array.isArray(value) && value.length <= most;
}
