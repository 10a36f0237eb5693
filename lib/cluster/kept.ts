import { MessageType } from '../adapter/index.js';

/** What a log does not keep: news that nobody needs to hear later. */
export const unkept: ReadonlySet<number> = new Set([MessageType.INITIAL_HEARTBEAT, MessageType.HEARTBEAT]);

/** The longest name of a session that is looked for, in characters: clients say it. */
export const maxPid = 200;
