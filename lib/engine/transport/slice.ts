/** How long the packets of one sender are handed on before others get their turn, in milliseconds. */
export const sliceLength = 5;
/** To ask for the time costs as much as some packets do. */
export const packetsPerLook = 32;
/** How often it is looked: handlers that go on asynchronously do their work behind the slice, unseen by its clock. */
export const looksPerSlice = 4;

/** What one sender is handed on in one turn of the event loop. */
// hot: a number counted down per packet, and the time for every 32nd.
export class Slice {
  readonly #end = performance.now() + sliceLength;
  #untilLook = packetsPerLook;
  #looks = looksPerSlice;

  /** Counts a packet; `true` once others should get their turn. */
  isOverWithNext(): boolean {
    if (--this.#untilLook > 0) return false;
    this.#untilLook = packetsPerLook;
    return --this.#looks === 0 || performance.now() > this.#end;
  }
}
