import { BadRequestException, type PipeTransform } from '@nestjs/common';

/** Accepts text with something in it, trims it, and refuses what is too long. */
export class TextPipe implements PipeTransform<unknown, string> {
  constructor(
    private readonly what: string,
    private readonly longest: number,
  ) {}

  transform(value: unknown): string {
    const text = typeof value === 'string' ? value.trim() : '';
    if (text === '') throw new BadRequestException(`${this.what} cannot be empty`);
    if (text.length > this.longest) {
      throw new BadRequestException(`${this.what} can have ${this.longest} characters at most`);
    }
    return text;
  }
}
