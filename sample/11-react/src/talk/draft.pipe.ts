import { BadRequestException, type PipeTransform } from '@nestjs/common';
import type { Draft } from './talk.events.js';

const longestText = 200;
const longestId = 64;

/** Accepts drafts with a text, and refuses what is too long. */
export class DraftPipe implements PipeTransform<unknown, Draft> {
  transform(value: unknown): Draft {
    const { id, text } = (value ?? {}) as Partial<Record<keyof Draft, unknown>>;
    if (typeof id !== 'string' || id === '' || id.length > longestId)
      throw new BadRequestException('A draft has an id');
    if (typeof text !== 'string' || text.trim() === '') throw new BadRequestException('A message has a text');
    if (text.length > longestText) throw new BadRequestException(`A message has ${longestText} characters at most`);
    return { id, text };
  }
}
