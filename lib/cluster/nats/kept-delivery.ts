import type { DeliveryOffset } from '../../adapter/index.js';
import type { StoredMessage } from './jetstream.js';

/** What stands before the event: its place in its stream of messages. */
const heading = /^(\d{1,15})-(\d{1,15})\n/;
/** How far a heading is looked for, in bytes. */
const longestHeading = 32;

/** A message of a log, as JetStream keeps it. */
export interface KeptDelivery {
  /** Where JetStream has it. */
  readonly seq: number;
  readonly offset: DeliveryOffset;
  /** The event, as MessagePack. */
  readonly event: Buffer;
}

/** The place of a message, and its event: a payload. */
export function payloadOf({ epoch, number }: DeliveryOffset, event: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${epoch}-${number}\n`), event]);
}

/** @returns `undefined` for what is no message of a log. */
export function keptIn({ seq, data }: StoredMessage): KeptDelivery | undefined {
  const found = heading.exec(data.subarray(0, longestHeading).toString('latin1'));
  if (found === null) return undefined;
  const offset = { epoch: Number(found[1]), number: Number(found[2]) };
  return { seq, offset, event: data.subarray(found[0].length) };
}
