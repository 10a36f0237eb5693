import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

interface Generator {
  figuresOf(document: string): string;
  tellingRows(full: string): string;
}

const load = async <Name extends keyof Generator>(file: string, name: Name): Promise<Generator[Name]> => {
  const { href } = new URL(`../../bench/faults/${file}`, import.meta.url);
  return ((await import(href)) as Generator)[name];
};

describe('the figures of faults', () => {
  it('are the same in the README and in the guide', async () => {
    const figuresOf = await load('figures.mjs', 'figuresOf');
    const tellingRows = await load('tables.mjs', 'tellingRows');
    const full = figuresOf(readFileSync('docs/faults.md', 'utf8'));
    expect(full).toMatch(/^\d{4}-\d\d-\d\d, Node v\d+/);
    expect(figuresOf(readFileSync('README.md', 'utf8'))).toBe(tellingRows(full));
  });

  it('have a row for each bus', async () => {
    const { buses } = await import('../cluster/faults/buses.js');
    const figuresOf = await load('figures.mjs', 'figuresOf');
    const sections = figuresOf(readFileSync('docs/faults.md', 'utf8')).split('\n### ').slice(1);
    const namesIn = (section: string): string[] =>
      [...section.matchAll(/^\| (?!bus |-)([^|]+?) +\|/gm)].map((match) => match[1]!);
    const all = buses.map(({ name }) => name);
    const overNetwork = all.filter((name) => name !== 'node:cluster');
    expect(sections.map(namesIn)).toEqual([all, overNetwork, all, all]);
  });
});
