import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

describe('the API documentation', () => {
  it('is made of every entry point of the package', () => {
    const { exports } = read('package.json') as { exports: Record<string, { import?: { types: string } }> };
    const { entryPoints } = read('typedoc.json') as { entryPoints: string[] };
    const sources = Object.values(exports).flatMap(({ import: module }) =>
      module === undefined ? [] : [module.types.replace('./dist/esm/', 'lib/').replace('.d.ts', '.ts')],
    );
    expect(entryPoints).toEqual(sources);
  });

  it('ends with an error where something is not documented as it should be', () => {
    expect(read('typedoc.json')).toMatchObject({ treatWarningsAsErrors: true, out: 'dist/docs' });
  });
});
