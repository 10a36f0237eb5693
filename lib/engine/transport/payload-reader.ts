import { ParseError, type EnginePacket } from '../../protocol/index.js';
import { Slice } from './slice.js';

/** What a reader hands packets to. */
export interface PayloadTarget {
  onPacket(packet: EnginePacket): void;
  /** Nothing more comes; with what was wrong with the rest. Called once, unless the reader was stopped. */
  onPayloadEnd(error: ParseError | undefined): void;
}

/** Hands on the packets of a payload in order, some in each turn of the event loop: a large one stops nobody else. */
export class PayloadReader {
  readonly #packets: Iterator<EnginePacket, void, void>;
  readonly #target: PayloadTarget;
  #left: number;
  #isOver = false;
  #isPaused = false;
  #isFinishing = false;

  /** @param most how many packets there may be. */
  constructor(packets: Iterator<EnginePacket, void, void>, most: number, target: PayloadTarget) {
    this.#packets = packets;
    this.#left = most;
    this.#target = target;
  }

  /** Begins; what a small payload holds is handed on at once. */
  start(): void {
    this.#read();
  }

  /** Hands nothing on until `resume()`; does nothing once all that is left is asked for. */
  pause(): void {
    this.#isPaused = !this.#isFinishing;
  }

  resume(): void {
    this.#isPaused = false;
    this.#read();
  }

  /** Hands on all that is left, now. */
  finish(): void {
    this.#isFinishing = true;
    this.#isPaused = false;
    this.#read();
  }

  /** Whoever is handed a packet may stop it. */
  stop(): void {
    this.#isOver = true;
  }

  #read(): void {
    const slice = new Slice();
    while (!this.#isOver && !this.#isPaused) {
      this.#step();
      if (!this.#isFinishing && slice.isOverWithNext()) {
        setImmediate(() => this.#read());
        return;
      }
    }
  }

  #step(): void {
    let packet: EnginePacket | void;
    try {
      packet = this.#packets.next().value;
      if (packet !== undefined && --this.#left < 0) throw new ParseError('tooManyPackets');
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      this.#end(error);
      return;
    }
    if (packet === undefined) this.#end(undefined);
    else this.#target.onPacket(packet);
  }

  #end(error: ParseError | undefined): void {
    this.#isOver = true;
    this.#target.onPayloadEnd(error);
  }
}
