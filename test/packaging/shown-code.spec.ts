import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

interface Block {
  /** The file that it was taken from, as the comment above it has it. */
  readonly file: string | undefined;
  readonly code: string;
}

/** The code that a document shows, but for commands. */
function blocksOf(document: string): Block[] {
  const text = readFileSync(document, 'utf8');
  return [...text.matchAll(/(?:<!-- ((?:sample|test)\/\S+) -->\n\n)?```(?:ts|js)\n([\s\S]*?)```/g)].map((match) => ({
    file: match[1],
    code: match[2]!,
  }));
}

/** What is left of code when it is indented in another way. */
const withoutSpace = (text: string): string => text.replaceAll(/\s+/g, '');

/** The blocks that do not stand, line for line, in the file they name. */
function strayBlocks(blocks: readonly Block[]): Block[] {
  return blocks.filter(
    ({ file, code }) =>
      file !== undefined &&
      !(existsSync(file) && withoutSpace(readFileSync(file, 'utf8')).includes(withoutSpace(code))),
  );
}

const guides = readdirSync('docs')
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);

describe('the code that is shown', () => {
  it.each(['README.md', ...guides])('in %s stands in the file it names, which is compiled and run', (document) => {
    expect(strayBlocks(blocksOf(document))).toEqual([]);
  });

  it.each([
    ['README.md', 3],
    ['docs/testing.md', 8],
    ['docs/asyncapi.md', 4],
    ['docs/throttling.md', 3],
    ['docs/concepts.md', 3],
    ['docs/decorators.md', 30],
    ['docs/broadcasting.md', 7],
    ['docs/errors-and-acks.md', 4],
    ['docs/choosing-an-adapter.md', 7],
    ['docs/scaling.md', 2],
    ['docs/hardening.md', 4],
    ['docs/client.md', 6],
    ['docs/delivery.md', 4],
  ])('in %s names its files', (document, count) => {
    expect(blocksOf(document).filter(({ file }) => file !== undefined).length).toBeGreaterThanOrEqual(count);
  });

  it.each([
    'testing',
    'concepts',
    'decorators',
    'broadcasting',
    'errors-and-acks',
    'choosing-an-adapter',
    'scaling',
    'hardening',
    'client',
    'delivery',
  ])('in docs/%s.md has no block without a file', (guide) => {
    expect(blocksOf(`docs/${guide}.md`).filter(({ file }) => file === undefined)).toEqual([]);
  });

  it('would be found, if it stood nowhere', () => {
    const file = 'sample/01-chat/src/app.module.ts';
    expect(strayBlocks([{ file, code: 'export class OtherModule {}' }])).toHaveLength(1);
    expect(strayBlocks([{ file: 'sample/none.ts', code: '' }])).toHaveLength(1);
    expect(strayBlocks([{ file, code: 'export  class\n  AppModule {}' }])).toEqual([]);
  });
});
