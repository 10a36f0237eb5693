import type { NodeId } from './cluster-message.js';

const separator = '~';

/**
 * How far a client is: everything on the bus up to a position, and so many broadcasts of the node it was on.
 *
 * Published adapters write the position alone.
 */
export class ClusterOffset {
  readonly position: string;
  readonly node: NodeId | undefined;
  readonly seq: number;

  constructor(position: string, node: NodeId | undefined, seq: number) {
    this.position = position;
    this.node = node;
    this.seq = seq;
  }

  /** @returns `undefined` for what is no offset. */
  static parse(text: string): ClusterOffset | undefined {
    const [position, node, seq, ...rest] = text.split(separator);
    if (position === undefined || position === '' || rest.length > 0) return undefined;
    if (node === undefined) return new ClusterOffset(position, undefined, 0);
    const count = Number.parseInt(seq ?? '', 36);
    if (!Number.isSafeInteger(count) || count < 0 || count.toString(36) !== seq) return undefined;
    return new ClusterOffset(position, node, count);
  }

  toString(): string {
    const { position, node, seq } = this;
    return node === undefined ? position : `${position}${separator}${node}${separator}${seq.toString(36)}`;
  }
}
