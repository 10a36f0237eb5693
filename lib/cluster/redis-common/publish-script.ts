import type { Outgoing } from './redis-driver.js';

/** Publishes every message that it is given: one command and one answer for all of a turn of the event loop. */
const script = "for i=1,#ARGV,2 do redis.call('PUBLISH',ARGV[i],ARGV[i+1]) end";
/** A script that does nothing. */
export const probe = ['EVAL', 'return 0', '0'] as const;
/** How many messages are one script: others are served in between. */
const maxPerScript = 500;

/** The commands that publish a batch in its order; the first publishes the first messages. */
export function scriptsFor(batch: readonly Outgoing[]): (string | Buffer)[][] {
  const commands: (string | Buffer)[][] = [];
  for (let start = 0; start < batch.length; start += maxPerScript) {
    const command: (string | Buffer)[] = ['EVAL', script, '0'];
    for (const { channel, message } of batch.slice(start, start + maxPerScript)) command.push(channel, message);
    commands.push(command);
  }
  return commands;
}

/** Whether Redis runs no scripts for this user, or none at all: nothing was published then. */
export function refusesScripts(error: unknown): boolean {
  return error instanceof Error && /^NOPERM|^ERR unknown command/i.test(error.message);
}
