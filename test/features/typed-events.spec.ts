import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const folder = resolve('test/types');
const files = readdirSync(folder).map((name) => join(folder, name));

const { config } = ts.readConfigFile('tsconfig.test.json', (path) => ts.sys.readFile(path)) as { config: object };
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, resolve('.'));

/** What the compiler says of the files; with one of them replaced where a text is given. */
function complaints(replaced?: { readonly file: string; readonly text: string }): string[] {
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (path, target, ...rest) =>
    resolve(path) === replaced?.file ? ts.createSourceFile(path, replaced.text, target) : read(path, target, ...rest);
  const program = ts.createProgram(files, options, host);
  return files
    .flatMap((file) => program.getSemanticDiagnostics(program.getSourceFile(file)))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

describe('the types of events', () => {
  it('allow and refuse what the files of test/types say', () => {
    expect(complaints()).toEqual([]);
    const file = join(folder, 'emitting.ts');
    const text = readFileSync(file, 'utf8');
    // Every mistake in the files is announced: without the announcement, the compiler complains about each.
    const mistakes = text.split('// @ts-expect-error').length - 1;
    expect(mistakes).toBeGreaterThan(20);
    const unannounced = text.replaceAll('// @ts-expect-error', '//');
    expect(complaints({ file, text: unannounced }).length).toBeGreaterThanOrEqual(mistakes);
  }, 60_000);
});
