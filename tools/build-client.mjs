import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { bundle, bundles } from './client-bundles.mjs';

const folder = join('dist', 'client');

await mkdir(folder, { recursive: true });
for (const name of Object.keys(bundles)) {
  const { outputFiles } = await bundle(name, { sourcemap: 'linked', outfile: join(folder, name) });
  for (const { path, contents } of outputFiles) await writeFile(join(folder, basename(path)), contents);
}
