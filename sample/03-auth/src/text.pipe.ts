import { BadRequestException, type PipeTransform } from '@nestjs/common';

/** Accepts text with something in it, and refuses what is too long. */
export class TextPipe implements PipeTransform<unknown, string> {
  constructor(
    private readonly what: string,
    private readonly longest: number,
  ) {}

  transform(value: unknown): string {
    if (typeof value !== 'string' || value.trim() === '') throw new BadRequestException(`${this.what} cannot be empty`);
    if (value.length > this.longest) {
      throw new BadRequestException(`${this.what} can have ${this.longest} characters at most`);
    }
    return value;
  }
}
