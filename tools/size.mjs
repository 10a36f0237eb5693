import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { bundle } from './client-bundles.mjs';

// Prints what the builds of the client weigh; one above its budget is a failure.
const { values: options } = parseArgs({
  options: {
    /** Prints what each file of a build weighs, too. */
    files: { type: 'boolean' },
    /** Another budget for every build, in bytes. */
    budget: { type: 'string' },
  },
});

/** The most each build may have, minified and compressed by gzip, in bytes. */
const budgets = {
  'socket.io.esm.min.js': 9_000,
  'socket.io.websocket.esm.min.js': 5_500,
  'rookery.esm.min.js': 12_000,
};

const gzipped = ({ contents }) => gzipSync(contents, { level: 9 }).length;
const row = (name, file, budget) =>
  console.log(
    `${name.padEnd(34)}${String(file.contents.length).padStart(8)}${String(gzipped(file)).padStart(8)}  ${budget ?? ''}`,
  );

console.log(`${'build'.padEnd(34)}     min    gzip  budget`);
let isOver = false;
for (const [name, usual] of Object.entries(budgets)) {
  const budget = Number(options.budget ?? usual);
  const { outputFiles, metafile } = await bundle(name, { metafile: true });
  const [file] = outputFiles;
  row(name, file, budget);
  if (!(gzipped(file) <= budget)) {
    isOver = true;
    console.error(`${name} is ${gzipped(file) - budget} bytes above its budget`);
  }
  if (!options.files) continue;
  const [{ inputs }] = Object.values(metafile.outputs);
  for (const [path, { bytesInOutput }] of Object.entries(inputs).sort(
    ([, a], [, b]) => b.bytesInOutput - a.bytesInOutput,
  )) {
    console.log(`  ${path.padEnd(44)}${String(bytesInOutput).padStart(8)}`);
  }
}
const { outputFiles } = await build({
  stdin: { contents: "export * from 'socket.io-client'; export { default } from 'socket.io-client';", resolveDir: '.' },
  bundle: true,
  minify: true,
  target: 'es2020',
  platform: 'browser',
  format: 'esm',
  legalComments: 'none',
  write: false,
});
row('socket.io-client', outputFiles[0]);
if (isOver) process.exitCode = 1;
