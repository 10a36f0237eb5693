import { RookeryError } from '../shared/index.js';

/** Why bytes were refused: the name used in the code, and the text in the error. */
export const parseErrorReasons = {
  emptyPacket: 'empty packet',
  unknownEngineType: 'unknown Engine.IO packet type',
  invalidBase64: 'invalid base64',
  invalidLength: 'invalid packet length',
  tooManyPackets: 'too many packets in a payload',
  unknownType: 'unknown packet type',
  illegalAttachments: 'illegal attachments',
  tooManyAttachments: 'too many attachments',
  attachmentsTooLarge: 'attachments too large',
  lateAttachments: 'attachments did not come in time',
  invalidPlaceholder: 'illegal attachment placeholder',
  namespaceTooLong: 'namespace too long',
  invalidAckId: 'illegal ack id',
  missingAckId: 'missing ack id',
  invalidPayload: 'invalid payload',
  tooDeep: 'payload nested too deeply',
  textWhileReconstructing: 'got plaintext data when reconstructing a packet',
  binaryWithoutHeader: 'got binary data when not reconstructing a packet',
} as const satisfies Record<string, string>;

/** The name of a reason in `parseErrorReasons`. */
export type ParseErrorReason = keyof typeof parseErrorReasons;

/** Thrown by the decoders for input that does not follow the protocol; they throw nothing else. */
export class ParseError extends RookeryError {
  override readonly name = 'ParseError';
  readonly reason: ParseErrorReason;

  constructor(reason: ParseErrorReason, options?: ErrorOptions) {
    super('PARSE_ERROR', parseErrorReasons[reason], options);
    this.reason = reason;
  }
}
