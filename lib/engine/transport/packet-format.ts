import {
  decodePacket,
  decodePayload,
  encodePacket,
  recordSeparator,
  v3,
  type EnginePacket,
  type EngineRevision,
  type Frame,
} from '../../protocol/index.js';
import { buildWebSocketBytes, webSocketBytes } from './websocket-frame.js';

/** How the packets of one session stand in its transports: by its revision, and by what its client can read. */
export interface PacketFormat {
  /** The messages of a frame, one per packet: what a WebSocket carries. */
  messages(frame: Frame): (string | Uint8Array)[];
  /** The same as complete WebSocket frames. */
  webSocketBytes(frame: Frame): Uint8Array;
  /** @throws ParseError */
  decode(message: string | Uint8Array): EnginePacket;
  /** The body of a polling answer. */
  payload(frames: readonly Frame[]): string | Uint8Array;
  /** Reads the body of a POST, packet by packet; `next()` throws ParseError. */
  decodePayload(body: string | Uint8Array): Iterator<EnginePacket, void, void>;
  /** Returns the frame with its bytes as they are now, for the WebSocket or for a polling answer. */
  keepForWebSocket(frame: Frame): Frame;
  keepForPayload(frame: Frame): Frame;
  /** Whether the body of a POST may be bytes. */
  readonly hasBinaryBodies: boolean;
}

/** Chooses the format of a session. @param supportsBinary `false` for a client that asked for base64. */
export function formatFor(revision: EngineRevision, supportsBinary: boolean): PacketFormat {
  if (revision === 4) return supportsBinary ? shared : base64Messages;
  return supportsBinary ? revision3 : revision3Base64;
}

// Every receiver of a broadcast is written the same bytes: they are cached on the frame.
const shared: PacketFormat = {
  messages: (frame) => packetsOf(frame).map((packet) => encodePacket(packet, true)),
  webSocketBytes,
  decode: decodePacket,
  payload: (frames) => frames.map(payloadText).join(recordSeparator),
  decodePayload: (body) => decodePayload(body as string),
  keepForWebSocket: (frame) => {
    webSocketBytes(frame);
    return frame;
  },
  keepForPayload: (frame) => {
    payloadText(frame);
    return frame;
  },
  hasBinaryBodies: false,
};

const base64Messages: PacketFormat = {
  ...shared,
  messages: (frame) => packetsOf(frame).map((packet) => encodePacket(packet, false)),
  webSocketBytes: (frame) => buildWebSocketBytes(base64Messages.messages(frame)),
  keepForWebSocket: copy,
};

// Clients of revision 3 are few: their bytes are built for each of them.
const revision3 = createRevision3(true);
const revision3Base64 = createRevision3(false);

function createRevision3(supportsBinary: boolean): PacketFormat {
  const messages = (frame: Frame): (string | Uint8Array)[] =>
    packetsOf(frame).map((packet) => v3.encodePacket(packet, supportsBinary));
  return {
    messages,
    webSocketBytes: (frame) => buildWebSocketBytes(messages(frame)),
    decode: v3.decodePacket,
    payload: (frames) => v3.encodePayload(frames.flatMap(packetsOf), supportsBinary),
    decodePayload: v3.decodePayload,
    keepForWebSocket: copy,
    keepForPayload: copy,
    hasBinaryBodies: true,
  };
}

function packetsOf({ type, parts }: Frame): EnginePacket[] {
  return parts.map((data) => ({ type, data }));
}

/** The frame's packets as they stand in a payload of revision 4; built once, shared by all receivers. */
function payloadText(frame: Frame): string {
  frame.payloadText ??= packetsOf(frame)
    .map((packet) => encodePacket(packet, false) as string)
    .join(recordSeparator);
  return frame.payloadText;
}

function copy(frame: Frame): Frame {
  return frame.copy();
}
