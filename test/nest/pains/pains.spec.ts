import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const folder = dirname(fileURLToPath(import.meta.url));
const specs = readdirSync(folder).filter((name) => name.endsWith('.spec.ts') && name !== 'pains.spec.ts');

/** What users of gateways ask for: as many rows as there are. */
const rows = 40;

function rowOf(spec: string): number {
  return Number(/^(\d{2})-[a-z0-9]+(-[a-z0-9]+){1,6}\.spec\.ts$/.exec(spec)?.[1]);
}

describe('what users of gateways ask for', () => {
  it('has one spec a row, named by its number and its pain', () => {
    const all = Array.from({ length: rows }, (_, index) => index + 1);
    expect(specs.map(rowOf).sort((a, b) => a - b)).toEqual(all);
  });

  it.each(specs)('is said, with where it was asked, in %s', (spec) => {
    const described = readFileSync(join(folder, spec), 'utf8').match(/^describe(\.each\(.*\))?\(.*/gm) ?? [];
    expect(described).toHaveLength(1);
    // An issue, or a spec of Nest.
    expect(described[0]).toMatch(/\(.*([\w.-]+#\d+|[\w-]+\.spec\b).*\)/);
  });
});
