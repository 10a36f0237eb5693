import { BadRequestException, type PipeTransform } from '@nestjs/common';

const longest = 200;

/** Accepts text with something in it, of 200 characters at most. */
export class TextPipe implements PipeTransform<unknown, string> {
  constructor(private readonly what: string) {}

  transform(value: unknown): string {
    if (typeof value !== 'string' || value.trim() === '') throw new BadRequestException(`${this.what} needs a text`);
    if (value.length > longest) throw new BadRequestException(`${this.what} has ${longest} characters at most`);
    return value;
  }
}
