import { describe, expect, it } from '@jest/globals';
import { askOnce, isYes } from '../../lib/shared/index.js';

/** Asks; `answers` and `errors` are what came of it. */
function asked(ask: (decide: (answer: string) => void) => unknown): { answers: string[]; errors: unknown[] } {
  const answers: string[] = [];
  const errors: unknown[] = [];
  const fail = (error: unknown): string => {
    errors.push(error);
    return 'failed';
  };
  askOnce<string>(ask, (answer) => answers.push(answer), fail);
  return { answers, errors };
}

describe('a function that is asked once', () => {
  it('decides with its first answer', () => {
    const { answers, errors } = asked((decide) => {
      decide('first');
      decide('second');
    });
    expect(answers).toEqual(['first']);
    expect(errors).toEqual([]);
  });

  it('may answer later', async () => {
    const { answers } = asked((decide) => setImmediate(() => decide('later')));
    expect(answers).toEqual([]);
    await new Promise(setImmediate);
    expect(answers).toEqual(['later']);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
  ])('has an answer given in its stead when it %s', async (_how, ask) => {
    const { answers, errors } = asked(ask);
    await new Promise(setImmediate);
    expect(answers).toEqual(['failed']);
    expect(errors).toEqual([new Error('no')]);
  });

  it('is reported, and not asked again, when it fails behind its answer', () => {
    const { answers, errors } = asked((decide) => {
      decide('yes');
      throw new Error('too late');
    });
    expect(answers).toEqual(['yes']);
    expect(errors).toEqual([new Error('too late')]);
  });

  it.each<[unknown, unknown, boolean]>([
    [null, true, true],
    [undefined, true, true],
    [null, 1, false],
    [undefined, undefined, false],
    [new Error('no'), true, false],
    ['', true, false],
  ])('has said yes with %p and %p: %p', (error, isAllowed, yes) => {
    expect(isYes(error, isAllowed)).toBe(yes);
  });
});
