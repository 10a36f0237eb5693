import { told, type Attacker } from './attacker.js';
import { frame } from './frames.js';
import { RawPolling } from './raw-polling.js';

/** One hostile input, and what the server must do about it. */
export interface HostileCase {
  /** A clause: what the client does. */
  readonly name: string;
  /** What must be seen from the outside: answers, then `alive` or how it ended. */
  readonly required: string | RegExp;
  /** Whether it would disturb the measurements of others. */
  readonly isAlone?: boolean;
  /** @returns what was seen. */
  act(attacker: Attacker): Promise<string>;
}

/** Cases of one class, and the program they are for. */
export interface HostileGroup {
  readonly name: string;
  /** A file of `programs/`. */
  readonly program: string;
  /** The package whose encoding its clients speak. @default that of Socket.IO */
  readonly parser?: string;
  readonly cases: readonly HostileCase[];
  /** The events in which its application fails; anywhere else hostile input must not get so far. */
  readonly failures: readonly string[];
}

/** Bytes over one TCP connection: the server answers, and ends it. */
export function overTcp(name: string, bytes: string | Buffer, required: string | RegExp): HostileCase {
  return { name, required, act: async (attacker) => told(await attacker.exchange(bytes)) };
}

/** Packets of a WebSocket session that is in the main namespace, all in one segment. */
export function inSession(
  name: string,
  packets: readonly (string | Buffer)[],
  required: string | RegExp,
  options: { readonly isAlone?: boolean } = {},
): HostileCase {
  return inFrames(name, () => packets.map((packet) => frame(packet)), required, options);
}

/** Bytes of a WebSocket session that is in the main namespace; they are made when they are needed. */
export function inFrames(
  name: string,
  bytes: () => readonly Buffer[],
  required: string | RegExp,
  options: { readonly isAlone?: boolean } = {},
): HostileCase {
  return {
    name,
    required,
    ...options,
    async act(attacker) {
      const member = await attacker.member();
      member.connection.write(Buffer.concat(bytes()));
      return member.outcome();
    },
  };
}

/** The body of a POST of a polling session that is in the main namespace. */
export function posted(
  name: string,
  body: () => string,
  required: string | RegExp,
  options: { readonly isAlone?: boolean } = {},
): HostileCase {
  return {
    name,
    required,
    ...options,
    async act(attacker) {
      const session = await RawPolling.joined(attacker);
      const answer = told([await session.post(body())]);
      return `${answer}, ${await session.outcome()}`;
    },
  };
}

/** What has to be seen, as a pattern: texts are met as they are. */
export function pattern(required: string | RegExp): RegExp {
  if (typeof required !== 'string') return required;
  return new RegExp(`^${required.replace(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)}$`);
}
