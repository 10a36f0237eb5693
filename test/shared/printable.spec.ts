import { describe, expect, it } from '@jest/globals';
import { escaped, messageOf, printable, printableStack, shortId } from '../../lib/shared/index.js';

/** What a terminal, or a reader of lines, would take for something else than text. */
const dangerous: readonly [what: string, text: string, written: string][] = [
  ['a line break', 'a\nb\r\nc', 'a\\u000ab\\u000d\\u000ac'],
  ['an ANSI escape', '\u001b[2J\u009b31m', '\\u001b[2J\\u009b31m'],
  ['a NUL and a DEL', '\0\u007f', '\\u0000\\u007f'],
  ['a line separator', 'a\u2028b\u2029c\u0085d', 'a\\u2028b\\u2029c\\u0085d'],
  ['a change of direction', 'a\u202eb\u2066c', 'a\\u202eb\\u2066c'],
  ['a character that is not seen', 'a\u200bb\ufeffc', 'a\\u200bb\\ufeffc'],
  ['half a character', 'a\ud800b\udc00', 'a\\ud800b\\udc00'],
];

describe('a text of a peer in a log', () => {
  it.each(dangerous)('has %s as an escape', (_what, text, written) => {
    expect(escaped(text)).toBe(written);
    expect(printable(text)).toBe(written);
  });

  it('keeps what can be read', () => {
    const text = 'Grüße, 世界 👋 "quoted" \\ back';
    expect(printable(text)).toBe(text);
  });

  it('is cut, and says how much of it is missing', () => {
    expect(printable('x'.repeat(200))).toBe('x'.repeat(200));
    expect(printable('x'.repeat(100_000))).toBe(`${'x'.repeat(200)}… (99800 more characters)`);
    expect(printable('\n'.repeat(300)).length).toBeLessThan(1_300);
  });

  it('shows of an id what tells it from others, and no more', () => {
    expect(shortId('tZkDRMkZDeVYFWyDfLYW4PQT')).toBe('tZkDRM…');
    expect(shortId('a\nbcdefgh')).toBe('a\\u000abcde…');
    expect(shortId('ab')).toBe('ab…');
  });
});

describe('what was thrown', () => {
  const unreadable = Object.defineProperty(new Error('x'), 'message', {
    get: () => {
      throw new Error('no message either');
    },
  });

  it.each<[what: string, thrown: unknown, text: RegExp]>([
    ['an error', new Error('broken'), /^broken$/],
    ['a text', 'broken', /^broken$/],
    ['null', null, /^null$/],
    ['something without a prototype', Object.create(null), /without a text \(object\)/],
    ['an error whose message cannot be read', unreadable, /without a text \(object\)/],
  ])('has a text when it is %s', (_what, thrown, text) => {
    expect(messageOf(thrown)).toMatch(text);
  });

  it('has a stack whose message stands on one line, and whose other lines are calls', () => {
    const stack = printableStack(new Error('first\n    at forged (somewhere.js:1:1)\nadmin logged in'))!;
    const [head, ...calls] = stack.split('\n');
    expect(head).toBe('Error: first\\u000a    at forged (somewhere.js:1:1)\\u000aadmin logged in');
    expect(calls.length).toBeGreaterThan(0);
    for (const call of calls) expect(call).toMatch(/^ {4}at /);
    expect(stack).toContain('printable.spec.ts');
  });

  it('has a bounded stack', () => {
    expect(printableStack(new Error('x'.repeat(1_000_000)))!.length).toBeLessThan(10_000);
  });

  it.each([
    ['a text', 'broken'],
    ['null', null],
    ['an error whose message cannot be read', unreadable],
  ])('never fails when it is %s', (_what, thrown) => {
    expect(() => printableStack(thrown)).not.toThrow();
  });
});
