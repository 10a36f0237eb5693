import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const guides = readdirSync('docs')
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);

/** The anchors of a document, as GitHub makes them of its headings. */
function anchorsOf(document: string): string[] {
  return [...readFileSync(document, 'utf8').matchAll(/^#+ (.+)$/gm)].map((match) =>
    match[1]!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The links of a document to files of the repository that are not there, or to headings that are not. */
function brokenLinks(document: string): string[] {
  const links = [...readFileSync(document, 'utf8').matchAll(/\]\((?!https?:)([^)\s]*)\)/g)].map((match) => match[1]!);
  return links.filter((link) => {
    const [file, anchor] = link.split('#');
    const target = file === '' ? document : join(dirname(document), file!);
    if (!existsSync(target)) return true;
    return anchor !== undefined && !anchorsOf(target).includes(anchor);
  });
}

describe('the guides', () => {
  it('are all in the index', () => {
    const index = readFileSync('docs/README.md', 'utf8');
    const missing = guides.filter((guide) => guide !== 'docs/README.md' && !index.includes(`(${guide.slice(5)})`));
    expect(missing).toEqual([]);
    expect(readFileSync('README.md', 'utf8')).toContain('(docs/README.md)');
  });

  it.each(['README.md', ...guides])('have links that lead somewhere: %s', (document) => {
    expect(brokenLinks(document)).toEqual([]);
  });
});
