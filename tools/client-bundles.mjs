import { build } from 'esbuild';
import { mangledNames, privateNames } from './private-names.mjs';
import { shortErrors } from './short-errors.mjs';

/** What every browser build of the client has in common. */
const common = {
  bundle: true,
  minify: true,
  target: 'es2020',
  platform: 'browser',
  legalComments: 'none',
  mangleProps: mangledNames,
  plugins: [shortErrors, privateNames],
  // What is there for Node is left out.
  define: { 'globalThis.Buffer': 'undefined' },
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
};

/** The builds by the names of their files. */
export const bundles = {
  'socket.io.esm.min.js': { entryPoints: ['lib/client/browser.ts'], format: 'esm' },
  'rookery.esm.min.js': { entryPoints: ['lib/client/index.ts'], format: 'esm' },
  'socket.io.websocket.esm.min.js': { entryPoints: ['lib/client/websocket.ts'], format: 'esm' },
  'socket.io.min.js': { entryPoints: ['lib/client/classic.ts'], format: 'iife' },
  'socket.io.js': { entryPoints: ['lib/client/classic.ts'], format: 'iife', minify: false },
};

/** Builds one of them; returns its files without writing them. */
export async function bundle(name, options = {}) {
  const { outputFiles, metafile } = await build({ ...common, ...bundles[name], write: false, ...options });
  return { outputFiles, metafile };
}
