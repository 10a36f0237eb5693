import { PacketType } from '../protocol/index.js';

/** From the type of a packet to the type of the same with attachments. */
export const binaryOffset = PacketType.BINARY_EVENT - PacketType.EVENT;
