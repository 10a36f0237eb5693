/** A place in the messages of a channel, and of which making of its table: one that was dropped and made anew is another. */
export class LogPosition {
  readonly epoch: string;
  readonly id: number;

  constructor(epoch: string, id: number) {
    this.epoch = epoch;
    this.id = id;
  }

  /** @returns `undefined` for what is none. */
  static parse(text: string): LogPosition | undefined {
    const [epoch = '', id = ''] = text.split('.');
    const position = new LogPosition(epoch, Number.parseInt(id, 36));
    return Number.isSafeInteger(position.id) && position.id >= 0 && position.toString() === text ? position : undefined;
  }

  /** Below zero when `a` stands before `b`; `undefined` when one of them is none, or they are of two tables. */
  static compare(a: string, b: string): number | undefined {
    const [one, other] = [LogPosition.parse(a), LogPosition.parse(b)];
    return one === undefined || other === undefined || one.epoch !== other.epoch ? undefined : one.id - other.id;
  }

  toString(): string {
    return `${this.epoch}.${this.id.toString(36)}`;
  }
}
