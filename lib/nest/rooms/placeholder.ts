import { userOf } from '../handshake/user.js';
import type { HandlerArgs } from '../pipeline/event-call.js';
import { paramsOf } from '../pipeline/namespace-pattern.js';
import { roomValue } from './room-value.js';

/** Where values come from, by the first word of a placeholder; any other word is a property of the first argument. */
const sources = {
  args: ([, , , args]: HandlerArgs): unknown => args,
  params: ([socket]: HandlerArgs): unknown => paramsOf(socket.nsp),
  user: ([socket]: HandlerArgs): unknown => userOf(socket),
  data: ([socket]: HandlerArgs): unknown => socket.data,
  payload: ([, payload]: HandlerArgs): unknown => payload,
} as const;

/** Where the value of a placeholder comes from. */
export type PlaceholderSource = keyof typeof sources;

const named: ReadonlySet<string> = new Set(['args', 'params', 'user', 'data'] satisfies PlaceholderSource[]);
const firstWord = /^[A-Za-z_$][\w$-]*$/;
const furtherWord = /^[\w$-]+$/;
const inherited: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** One placeholder of a template: the way to a value of the event. */
export class Placeholder {
  /** Whether the value is what a client sends with the event. */
  readonly isOfClient: boolean;
  /** What stands between the braces. */
  readonly path: string;
  readonly source: PlaceholderSource;
  /** The properties to go through, from the source on. */
  readonly keys: readonly string[];

  constructor(path: string, fail: (problem: string) => never) {
    const words = path.split('.');
    if (path.trim() === '') fail('has an empty placeholder');
    if (!words.every((word, index) => (index === 0 ? firstWord : furtherWord).test(word))) {
      fail(`has {${path}}, which is no name; write {roomId}, {message.roomId} or {args.1}`);
    }
    if (words.some((word) => inherited.has(word))) fail(`has {${path}}, which every object has`);
    const isNamed = named.has(words[0]!);
    this.path = path;
    this.source = isNamed ? (words[0] as PlaceholderSource) : 'payload';
    this.keys = isNamed ? words.slice(1) : words;
    this.isOfClient = this.source === 'args' || this.source === 'payload';
    if (this.source === 'args' && !/^\d+$/.test(this.keys[0] ?? '')) {
      fail(`has {${path}}; arguments are counted, from {args.0} on`);
    }
    if (this.keys.length === 0) fail(`has {${path}}, which is more than one value; name one, such as {${path}.id}`);
  }

  /**
   * The value for an event, as it stands in the name of a room.
   *
   * @throws BadRequestException where there is none, or it may not.
   */
  textIn(args: HandlerArgs): string {
    let value = sources[this.source](args);
    for (const key of this.keys) value = ownProperty(value, key);
    return roomValue(value, this.path);
  }
}

/** A property that an object has itself; a client cannot reach what is inherited. */
function ownProperty(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}
