import { BadRequestException } from '@nestjs/common';
import { isSeparator, maxRoomValue, separators } from '../../shared/index.js';

// A lone surrogate is written as another character on the way to other servers.
const unreadable = /[\p{Cc}\p{Cs}]/u;

/**
 * A value as it stands in the name of a room.
 *
 * @param path the placeholder it is for.
 * @throws BadRequestException for what is no text of 1 to 256 characters and no finite number, and for separators.
 */
export function roomValue(value: unknown, path: string): string {
  const text = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
  if (typeof text !== 'string' || text === '' || text.length > maxRoomValue) {
    throw new BadRequestException(`"${path}" has to be a text of 1 to ${maxRoomValue} characters, or a number`);
  }
  if (unreadable.test(text)) throw new BadRequestException(`"${path}" may not contain control characters`);
  if ([...text].some(isSeparator)) throw new BadRequestException(`"${path}" may not contain any of ${separators}`);
  return text;
}
