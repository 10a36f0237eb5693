// Ids are made of other characters, those of sockets and UUIDs included.
const separating = ':/|#';

/** The longest value that fills a placeholder in the name of a room. */
export const maxRoomValue = 256;

/** The characters that separate the parts of a room's name, for messages. */
export const separators: string = [...separating].map((character) => `"${character}"`).join(', ');

/** Whether a character separates the parts of a room's name. */
export function isSeparator(character: string | undefined): boolean {
  return character !== undefined && separating.includes(character);
}

/** A template such as `room:{roomId}`: the texts around its placeholders, one more than there are of them. */
export interface RoomParts {
  readonly texts: readonly string[];
  /** What stands between the braces. */
  readonly placeholders: readonly string[];
}

/**
 * Takes a template of rooms apart.
 *
 * @param fail throws, with what is wrong: no text, or a brace without its partner.
 */
export function roomParts(template: unknown, fail: (problem: string) => never): RoomParts {
  if (typeof template !== 'string' || template.trim() === '') return fail('is no text');
  // Texts at even indexes, what stands between braces at odd ones.
  const parts = template.split(/\{([^{}]*)\}/);
  const texts = parts.filter((_, index) => index % 2 === 0);
  if (texts.some((text) => /[{}]/.test(text))) fail('has a brace without its partner');
  return { texts, placeholders: parts.filter((_, index) => index % 2 === 1) };
}

/** Checks that a separator stands on both sides of each placeholder: values have none, so that each fills its own part. */
export function assertSeparated({ texts, placeholders }: RoomParts, fail: (problem: string) => never): void {
  for (const [index, placeholder] of placeholders.entries()) {
    const before = texts[index]!;
    const behind = texts[index + 1]!;
    const isLast = index === placeholders.length - 1;
    if (!isSeparator(before.at(-1)) || !(isSeparator(behind[0]) || (isLast && behind === ''))) {
      fail(`needs a separator on both sides of {${placeholder}}: one of ${separators}`);
    }
  }
}
