import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

const own = createRequire(import.meta.url);

/**
 * Loads a CommonJS package that requires ES modules: Node can, Jest cannot before Node 24.9.
 *
 * @param given what the package requires of others, by name; what is not given is Node's.
 */
export function loadCommonJs(name: string, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const loaded = new Map<string, { exports: Record<string, unknown> }>();
  const load = (file: string): Record<string, unknown> => {
    const known = loaded.get(file);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    loaded.set(file, module);
    const near = createRequire(file);
    const require = (wanted: string): unknown => {
      if (wanted.startsWith('.')) return load(near.resolve(wanted));
      return wanted in given ? given[wanted] : own(wanted);
    };
    const source = `${readFileSync(file, 'utf8')}\n//# sourceURL=${file}`;
    // eslint-disable-next-line no-new-func
    const run = new Function('module', 'exports', 'require', '__filename', '__dirname', source);
    run(module, module.exports, require, file, dirname(file));
    return module.exports;
  };
  return load(own.resolve(name));
}
