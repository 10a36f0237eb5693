import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { readFeatures, withTable } from './table.mjs';

const features = readFeatures();

interface Titles {
  readonly describes: RegExp[];
  readonly its: RegExp[];
}

const known = new Map<string, Titles>();

/** The titles of a spec and of the contracts it runs, as patterns: those of a table fit every row. */
function titlesOf(file: string): Titles {
  const existing = known.get(file);
  if (existing !== undefined) return existing;
  const titles: Titles = { describes: [], its: [] };
  known.set(file, titles);
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.arguments[0] !== undefined) {
      // The rows of a table stand in a call of their own: `it.each(rows)(title, …)`.
      const called = /^(it|describe)\b(?!.*\.each$)/s.exec(node.expression.getText(source))?.[1];
      const isConditional = node.expression.getText(source) === 'describeWith';
      const pattern = isConditional ? patternOf(node.arguments[1]!) : called && patternOf(node.arguments[0]!);
      if (pattern !== undefined && pattern !== '') {
        titles[called === 'it' ? 'its' : 'describes'].push(new RegExp(`^${pattern}$`, 's'));
      }
    }
    if (ts.isImportDeclaration(node)) {
      const from = (node.moduleSpecifier as ts.StringLiteral).text;
      if (from.endsWith('.contract.js')) {
        const contract = titlesOf(join(dirname(file), from.replace(/js$/, 'ts')));
        titles.describes.push(...contract.describes);
        titles.its.push(...contract.its);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return titles;
}

function patternOf(title: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(title)) return patternOfText(title.text);
  if (ts.isTemplateExpression(title)) {
    return title.templateSpans.reduce(
      (pattern, { literal }) => `${pattern}.*${patternOfText(literal.text)}`,
      patternOfText(title.head.text),
    );
  }
  // A title that is handed in, such as that of a contract.
  return ts.isIdentifier(title) ? '.*' : undefined;
}

function patternOfText(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/%[sidjp]|\\\$\w+/g, '.*');
}

describe('the table of features', () => {
  it('stands in the README as the entries say', () => {
    const readme = readFileSync('README.md', 'utf8');
    expect(withTable(readme, features)).toBe(readme);
  });

  it('has a test or a reason for each, and each once', () => {
    const undecided = features.filter(({ tests, reason }) => {
      const hasTests = Object.values(tests ?? {}).some((names) => names.length > 0);
      return hasTests === ((reason ?? '') !== '');
    });
    expect(undecided).toEqual([]);
    const names = features.map(({ area, feature }) => `${area}: ${feature}`);
    expect(names.length).toBeGreaterThan(150);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('names specs and titles that there are', () => {
    const missing = features.flatMap(({ tests = {} }) =>
      Object.entries(tests).flatMap(([file, names]) => {
        if (!existsSync(file)) return [file];
        const { describes, its } = titlesOf(file);
        return names.filter((name) => {
          const groups = name.split(' › ');
          const title = groups.pop()!;
          const isThere = its.some((each) => each.test(title));
          return !isThere || !groups.every((group) => describes.some((each) => each.test(group)));
        });
      }),
    );
    expect(missing).toEqual([]);
  });

  it('would not take a title that there is not', () => {
    const { its } = titlesOf('test/server/acks.spec.ts');
    expect(its.length).toBeGreaterThan(10);
    expect(its.some((each) => each.test('is a title that nobody has given'))).toBe(false);
  });
});
