/** What has something to send. */
export interface Flushable {
  /** Sends what waits; safe to call when nothing does. */
  flush(): void;
}

/** After so many ticks, or one more, it is seen whether others follow in the turn: never twice in step with the turns. */
const shortestPause = 16;
/** The pause grows up to here while it proves useless to hold. */
const longestPause = 1_024;
/** Turns in which nothing was joined after which nothing is held any more. */
const uselessTurns = 8;
/** How long a flush is held for the rest of its turn, in milliseconds. */
const longestHold = 4;

/**
 * When sessions are flushed: at the end of the tick, or of the turn of the event loop.
 *
 * A tick is what one read of one connection causes, a turn is all that can be read at once. While several ticks of a turn have
 * something for the same sessions, all of it leaves together, in one write per session: the system call costs more than all
 * else. Where each has something for another session, or is alone in its turn, it is flushed at once, and pays for no timer of
 * the turn.
 */
// hot: one `nextTick` per tick, one `setImmediate` per turn that is held, for all sessions.
export class FlushSchedule {
  /** The number of this tick: what was queued under another one would have left, were it not held. */
  tick = 0;
  readonly #onError: (error: unknown) => void;
  #waiting: Flushable[] = [];
  #spare: Flushable[] = [];
  #isTickArmed = false;
  #isTurnArmed = false;
  #holds = false;
  #ticksInTurn = 0;
  #pause = shortestPause;
  #ticksToSample = shortestPause;
  #isLongPause = false;
  #joined = 0;
  #uselessTurns = 0;
  #heldSince = 0;
  readonly #onTickEnd = (): void => this.#endTick();
  readonly #onTurnEnd = (): void => this.#endTurn();

  /** @param onError takes what a flush throws; the others are flushed nonetheless. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Something was queued: it leaves at the end of this tick, or of this turn. */
  noteTick(): void {
    if (this.#isTickArmed) return;
    this.#isTickArmed = true;
    process.nextTick(this.#onTickEnd);
  }

  /** A session got something more, that waits with what an earlier tick had for it: a write is saved. */
  noteJoin(): void {
    this.#joined++;
  }

  /** Flushes a session with the others of this tick; `noteTick` goes with it. */
  add(session: Flushable): void {
    this.#waiting.push(session);
  }

  #endTick(): void {
    this.#isTickArmed = false;
    this.tick++;
    this.#ticksInTurn++;
    if (!this.#holds) {
      if (!this.#isTurnArmed && --this.#ticksToSample === 0) this.#armTurn();
      this.#flush();
    } else if (!this.#isTurnArmed) {
      this.#heldSince = performance.now();
      this.#armTurn();
    } else if (performance.now() - this.#heldSince > longestHold) {
      this.#flush();
      this.#heldSince = performance.now();
    }
  }

  #armTurn(): void {
    this.#isTurnArmed = true;
    this.#ticksInTurn = 1;
    setImmediate(this.#onTurnEnd);
  }

  #endTurn(): void {
    this.#isTurnArmed = false;
    if (this.#holds) this.#judge();
    else this.#holds = this.#ticksInTurn > 1;
    this.#joined = 0;
    this.#isLongPause = !this.#isLongPause;
    this.#ticksToSample = this.#pause + Number(this.#isLongPause);
    this.#flush();
  }

  /** Whether to go on holding: it is worth it where it joins something every now and then. */
  #judge(): void {
    if (this.#joined > 0) {
      this.#uselessTurns = 0;
      this.#pause = shortestPause;
    } else if (++this.#uselessTurns === uselessTurns) {
      this.#uselessTurns = 0;
      this.#holds = false;
      this.#pause = Math.min(2 * this.#pause, longestPause);
    }
  }

  #flush(): void {
    const sessions = this.#waiting;
    this.#waiting = this.#spare;
    this.#spare = sessions;
    for (const session of sessions) {
      try {
        session.flush();
      } catch (error) {
        this.#onError(error);
      }
    }
    sessions.length = 0;
  }
}
