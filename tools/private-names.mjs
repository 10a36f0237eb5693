import { readFile } from 'node:fs/promises';
import { parse } from 'acorn';
import { full } from 'acorn-walk';
import { transform } from 'esbuild';

/** What the properties are called that private names become: esbuild shortens them. */
export const mangledNames = /^\$p_/;

// A class body never has another class's private names in this code: one number per file keeps them apart.
let files = 0;

/**
 * An esbuild plugin: `#name` becomes a property that is shortened.
 *
 * ES2020 has no private names; lowered by esbuild, each would be a WeakMap.
 */
export const privateNames = {
  name: 'private-names',
  setup(build) {
    build.onLoad({ filter: /[\\/]lib[\\/].*\.ts$/ }, async ({ path }) => {
      const tsconfigRaw = { compilerOptions: { useDefineForClassFields: false, target: 'es2022' } };
      const { code } = await transform(await readFile(path, 'utf8'), { loader: 'ts', target: 'es2022', tsconfigRaw });
      return { contents: withoutPrivateNames(code, files++), loader: 'js' };
    });
  },
};

/** Rewrites the private names of a module, and the fields that begin with them. */
export function withoutPrivateNames(code, file) {
  const edits = [];
  full(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }), (node) => {
    if (node.type === 'PrivateIdentifier') {
      const isTested = code.slice(node.end).trimStart().startsWith('in ');
      const name = `$p_${node.name}_${file}`;
      edits.push([node.start, node.end, isTested ? `"${name}"` : name]);
    }
  });
  edits.sort(([a], [b]) => b - a);
  let rewritten = code;
  for (const [start, end, text] of edits) rewritten = rewritten.slice(0, start) + text + rewritten.slice(end);
  return rewritten;
}
