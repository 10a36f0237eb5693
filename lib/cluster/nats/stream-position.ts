/**
 * A place in a stream: which stream it is, a payload in it, and how many of its messages are still behind.
 *
 * A stream that was lost with its server and made anew is another one: its places say nothing about the first.
 */
export class StreamPosition {
  readonly epoch: string;
  readonly seq: number;
  /** How many messages of the payload stand behind this one. */
  readonly behind: number;

  constructor(epoch: string, seq: number, behind: number) {
    this.epoch = epoch;
    this.seq = seq;
    this.behind = behind;
  }

  /** @returns `undefined` for what is none. */
  static parse(text: string): StreamPosition | undefined {
    const [epoch, seq, behind = '0', ...rest] = text.split('.');
    const numbers = [seq, behind].map((each) => Number.parseInt(each ?? '', 36));
    if (rest.length > 0 || epoch === undefined || !numbers.every((each) => Number.isSafeInteger(each) && each >= 0)) {
      return undefined;
    }
    const position = new StreamPosition(epoch, numbers[0]!, numbers[1]!);
    return position.toString() === text ? position : undefined;
  }

  /** Below zero when `a` stands before `b`; `undefined` when one of them is none, or they are of two streams. */
  static compare(a: string, b: string): number | undefined {
    const [one, other] = [StreamPosition.parse(a), StreamPosition.parse(b)];
    if (one === undefined || other === undefined || one.epoch !== other.epoch) return undefined;
    return one.seq - other.seq || other.behind - one.behind;
  }

  toString(): string {
    const { epoch, seq, behind } = this;
    return `${epoch}.${seq.toString(36)}${behind === 0 ? '' : `.${behind.toString(36)}`}`;
  }
}
