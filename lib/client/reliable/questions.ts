import { PacketType } from '../../protocol/index.js';
import { replayEvent } from '../../shared/index.js';
import type { SocketManager } from '../base-socket.js';
import type { Timer } from '../timers.js';
import type { Streams } from './streams.js';

/** How long a gap may stay before the server is asked for what is missing, at first and in the end, in milliseconds. */
const firstPatience = 200;
const longestPatience = 5_000;

/** A socket that asks. */
export interface AskingSocket {
  readonly nsp: string;
  readonly connected: boolean;
  readonly active: boolean;
}

/** Asks the server for what did not come: soon where events wait for others, and now and then in any case. */
export class Questions {
  readonly #socket: AskingSocket;
  readonly #manager: SocketManager;
  readonly #streams: Streams;
  readonly #checkInterval: number;
  readonly #onUnplaced: () => void;
  #check: Timer | undefined;
  #gap: Timer | undefined;
  #patience = firstPatience;
  /** What was handed on when the gap was last looked at. */
  #progress = 0;

  /** @param onUnplaced events wait, and the server does not say where their stream begins. */
  constructor(
    socket: AskingSocket,
    manager: SocketManager,
    streams: Streams,
    checkInterval: number,
    onUnplaced: () => void,
  ) {
    this.#socket = socket;
    this.#manager = manager;
    this.#streams = streams;
    this.#checkInterval = checkInterval;
    this.#onUnplaced = onUnplaced;
  }

  start(): void {
    if (!this.#socket.connected) return;
    // It has not said that it takes part.
    this.#ask(this.#streams.name());
    this.onConnected();
  }

  /** The connection is confirmed. */
  onConnected(): void {
    if (this.#check === undefined) this.#checkLater();
  }

  stop(): void {
    for (const timer of [this.#check, this.#gap]) this.#manager.timers.clear(timer);
  }

  /** Something came: events may wait for others. */
  watch(): void {
    if (this.#gap !== undefined || !this.#streams.isWaiting) return;
    this.#patience = firstPatience;
    this.#look();
  }

  #checkLater(): void {
    this.#check = this.#set(() => {
      this.#check = undefined;
      if (!this.#socket.active) return;
      this.#checkLater();
      const offsets = this.#streams.name();
      if (Object.keys(offsets).length > 0) this.#ask(offsets);
    }, this.#checkInterval);
  }

  #look(): void {
    this.#progress = this.#streams.handedOn;
    this.#gap = this.#set(() => {
      this.#gap = undefined;
      if (!this.#streams.isWaiting || !this.#socket.active) return;
      // What is missing may be on its way.
      if (this.#streams.handedOn > this.#progress) this.#patience = firstPatience;
      else this.#onSilence();
      this.#look();
    }, this.#patience);
  }

  #onSilence(): void {
    if (!this.#socket.connected) return;
    const waiting = this.#streams.nameWaiting();
    if (Object.keys(waiting).length > 0) this.#ask(waiting);
    else if (this.#patience === longestPatience) this.#onUnplaced();
    this.#patience = Math.min(2 * this.#patience, longestPatience);
  }

  /** It is the connection that keeps a process alive. */
  #set(run: () => void, delay: number): Timer {
    const timer = this.#manager.timers.set(run, delay);
    (timer as Partial<Timer>).unref?.();
    return timer;
  }

  /** Past what the application listens to and queues: it is between this package and its server. */
  #ask(offsets: Readonly<Record<string, string>>): void {
    if (!this.#socket.connected) return;
    const data = [replayEvent, offsets];
    this.#manager.write({ type: PacketType.EVENT, nsp: this.#socket.nsp, data, options: { compress: true } });
  }
}
