/** Where a message stands in its stream; number 0 stands before the first one. */
export interface StreamOffset {
  /** When the stream began, in milliseconds; 0 where it has not. */
  readonly epoch: number;
  readonly number: number;
}

/** The last argument of an event that is delivered reliably. */
export interface DeliveryMarker {
  /** Names the stream, 16 characters. */
  readonly stream: string;
  /** Where the event stands in it: `<epoch>:<number>`. */
  readonly offset: string;
}

/** Sent by the server: where streams stand, and how many messages are lost; -1 where nobody knows. */
export const streamsEvent = 'rookery:streams';
/** Sent by the client: what it has of streams, so that it gets the rest. */
export const replayEvent = 'rookery:replay';

/** What comes with `rookery:streams`. */
export type StreamPositions = Record<string, readonly [offset: string, lost: number]>;

const offsetFormat = /^(\d{1,16}):(\d{1,16})$/;

export function formatOffset({ epoch, number }: StreamOffset): string {
  return `${epoch}:${number}`;
}

/** @returns `undefined` for what is no offset. */
export function parseOffset(text: unknown): StreamOffset | undefined {
  const parts = typeof text === 'string' ? offsetFormat.exec(text) : null;
  if (parts === null) return undefined;
  const [epoch, number] = [Number(parts[1]), Number(parts[2])];
  return Number.isSafeInteger(epoch) && Number.isSafeInteger(number) ? { epoch, number } : undefined;
}

/** The marker of an event, which an offset of connection state recovery may follow; `undefined` where there is none. */
// hot: the server asks for every event that it sends where events are delivered reliably.
export function markerOf(args: readonly unknown[]): DeliveryMarker | undefined {
  const last = args.at(-1);
  const marker = typeof last === 'string' ? args.at(-2) : last;
  if (typeof marker !== 'object' || marker === null) return undefined;
  const { stream, offset } = marker as Partial<DeliveryMarker>;
  return typeof stream === 'string' && typeof offset === 'string' ? (marker as DeliveryMarker) : undefined;
}
