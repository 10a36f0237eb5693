import { mkdtempSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { cruise, type ICruiseResult, type IModule } from 'dependency-cruiser';

/** Which room may enter which; every room may enter itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  shared: [],
  protocol: ['shared'],
  engine: ['protocol', 'shared'],
  adapter: ['protocol', 'shared'],
  client: ['protocol', 'shared'],
  server: ['engine', 'adapter', 'protocol', 'shared'],
  cluster: ['engine', 'adapter', 'protocol', 'shared'],
  emitter: ['server', 'shared'],
  presence: ['server', 'shared'],
  testing: ['server', 'engine', 'adapter', 'protocol', 'shared'],
  'nest-common': ['shared'],
  nest: ['server', 'presence', 'nest-common', 'shared'],
  'nest-testing': ['nest', 'testing', 'server'],
  'nest-client': ['client', 'nest-common', 'shared'],
};
const withoutNode = ['shared', 'protocol', 'client'];
/** Where such a room keeps what is for Node alone; none of its other files may enter. */
const nodeFolder = /^lib\/client\/node\//;
/** A second door of a room, for those who run on Node alone. */
const nodeDoors = ['lib/client/node/index.ts'];
const nestRooms = ['nest-common', 'nest', 'nest-testing', 'nest-client'];
const nestOnly = /^(@nestjs\/|rxjs($|\/)|reflect-metadata$)/;

interface Import {
  readonly from: string;
  readonly to: string;
  readonly specifier: string;
  readonly isCircular: boolean;
}

async function importsOf(baseDir: string): Promise<{ files: string[]; imports: Import[] }> {
  const { output } = await cruise(['lib'], {
    baseDir,
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  });
  const modules = (output as ICruiseResult).modules.filter((module: IModule) => module.source.startsWith('lib/'));
  const imports = modules.flatMap(({ source, dependencies }) =>
    dependencies.map(({ resolved, module, circular }) => ({
      from: source,
      to: resolved,
      specifier: module,
      isCircular: circular,
    })),
  );
  return { files: modules.map(({ source }) => source), imports };
}

function roomOf(path: string): string | undefined {
  return /^lib\/([^/]+)\//.exec(path)?.[1];
}

function violations(imports: readonly Import[]): string[] {
  return imports.flatMap((each) => {
    const { from, to, specifier, isCircular } = each;
    const room = roomOf(from);
    const target = roomOf(to);
    const broken: string[] = [];
    if (isCircular) broken.push('is part of a cycle');
    if (room !== undefined && target !== undefined && room !== target) {
      if (!(allowed[room] ?? []).includes(target)) broken.push(`${room} may not enter ${target}`);
      if (to !== `lib/${target}/index.ts` && !(nodeDoors.includes(to) && !withoutNode.includes(room)))
        broken.push(`${target} has one door, its index.ts`);
    }
    if (nestOnly.test(specifier) && !nestRooms.includes(room ?? '')) broken.push('only nest knows Nest and rxjs');
    const isNode = specifier.startsWith('node:') || builtinModules.includes(specifier);
    if ((isNode || nodeFolder.test(to)) && withoutNode.includes(room ?? '') && !nodeFolder.test(from))
      broken.push(`${room} runs anywhere, not on Node alone`);
    return broken.map((what) => `${from} → ${specifier}: ${what}`);
  });
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

describe('the rooms of the house', () => {
  const planted = mkdtempSync(join(tmpdir(), 'layers-'));
  afterAll(() => rmSync(planted, { recursive: true, force: true }));

  it('only enter rooms below them, through their doors, without cycles', async () => {
    const { files, imports } = await importsOf(process.cwd());
    // With a compiler it does not know, the tool sees nothing and finds nothing.
    expect(files.sort()).toEqual(filesIn('lib').sort());
    expect(imports.length).toBeGreaterThan(files.length);
    expect(new Set(files.map(roomOf).filter((room) => room !== undefined))).toEqual(new Set(Object.keys(allowed)));
    expect(violations(imports)).toEqual([]);
  });

  it('would be caught entering others', async () => {
    const write = (path: string, text: string): void => {
      mkdirSync(join(planted, path, '..'), { recursive: true });
      writeFileSync(join(planted, path), text);
    };
    write('lib/shared/index.ts', "export { a } from './a.js';\nexport type { B } from '../engine/index.js';\n");
    write('lib/shared/a.ts', "import { readFileSync } from 'node:fs';\nexport const a = readFileSync;\n");
    write('lib/client/index.ts', "import './node/index.js';\nexport {};\n");
    write('lib/client/node/index.ts', "import 'node:http';\nexport {};\n");
    write('lib/engine/index.ts', "import type { C } from './c.js';\nexport interface B { c: C }\n");
    write('lib/engine/c.ts', "import type { B } from './index.js';\nexport interface C { b: B }\n");
    write('lib/server/index.ts', "import '../engine/c.js';\nimport 'rxjs';\nexport {};\n");
    const found = violations((await importsOf(planted)).imports).join('\n');
    for (const what of [
      'shared may not enter engine',
      'shared runs anywhere',
      'client runs anywhere',
      'is part of a cycle',
      'engine has one door',
      'only nest knows Nest',
    ]) {
      expect(found).toContain(what);
    }
  });
});
