import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const run = promisify(execFile);

/** What a consumer has beside the package: its dependency, and the peers that its program uses. Types of Node alone. */
const installed = [
  'ws',
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-express',
  '@nestjs/testing',
  'reflect-metadata',
  'rxjs',
  '@types/node',
];

/** The conditions of an export, nested as they stand in the manifest. */
type Conditions = string | { readonly [condition: string]: Conditions };

interface Manifest {
  readonly main: string;
  readonly module: string;
  readonly types: string;
  readonly exports: Readonly<Record<string, Conditions>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { optional?: boolean }>>;
}

/** What an import, a dynamic one and a require() name, where it is no file. */
const specifier = /(?:\bfrom |\bimport |\b(?:import|require)\()['"]([^'".][^'"]*)['"]/g;

/** What a program that uses the package in a format prints. */
interface ProgramOutput {
  readonly loadedFrom: Record<string, string>;
  readonly answers: Record<string, string>;
  readonly isOneServer: boolean;
}

/** The names of a module's exports whose values are not the same in two formats; how many were compared. */
interface Comparison {
  readonly compared: number;
  readonly different: string[];
}

function filesOf({ exports, main, module, types }: Manifest): string[] {
  const leaves = (conditions: Conditions): string[] =>
    typeof conditions === 'string' ? [conditions] : Object.values(conditions).flatMap(leaves);
  return [main, module, types, ...Object.values(exports).flatMap(leaves)].map((file) => posix.normalize(file));
}

function modulesOf(folder: string, extension: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(extension))
    .map((file) => file.slice(0, -extension.length).replaceAll('\\', '/'))
    .sort();
}

/** Serves one client without Nest and one with it; `load` is the consumer's own `import()` or `require()`. */
const program = `
  const at = (path) => 'rookery' + path.slice(1);
  const { Server } = await load(at('./server'));
  const { InMemoryAdapter } = await load(at('./adapter'));
  const { PacketType } = await load(at('./protocol'));
  const { startTestServer, MemoryWireClient } = await load(at('./testing'));

  const server = await startTestServer(
    (io) => io.on('connection', (socket) => socket.on('hello', (name, answer) => answer('hello ' + name))),
    { adapter: InMemoryAdapter },
  );
  const ask = async (client) => {
    await client.join();
    client.send('4' + PacketType.EVENT + '7["hello","world"]');
    return client.next();
  };
  const answers = {};
  answers.webSocket = await ask(await server.connect());
  answers.polling = await ask(await server.connect({ transport: 'polling' }));
  const isOneServer = server.io instanceof Server;
  await server.close();

  if (paths.includes('.')) {
    await load('reflect-metadata');
    const { Module } = await load('@nestjs/common');
    const { NestFactory } = await load('@nestjs/core');
    const { SocketIoModule, SOCKET_IO_SERVER, WebSocketGateway, SubscribeMessage } = await load(at('.'));
    class Gateway {
      hello(socket, name) {
        return 'hello ' + name;
      }
    }
    WebSocketGateway()(Gateway);
    SubscribeMessage('hello')(Gateway.prototype, 'hello', Object.getOwnPropertyDescriptor(Gateway.prototype, 'hello'));
    class App {}
    Module({ imports: [SocketIoModule.forRoot({ defaultAccess: 'allow' })], providers: [Gateway] })(App);
    const app = await NestFactory.createApplicationContext(App, { logger: ['error'], abortOnError: false });
    answers.nest = await ask(await MemoryWireClient.connect(app.get(SOCKET_IO_SERVER).engine));
    await app.close();

    const { SocketTestingModule } = await load(at('./nest-testing'));
    const sockets = await SocketTestingModule.create({ imports: [App] });
    answers.tested = await (await sockets.connect()).emitWithAck('hello', 'world');
    await sockets.close();
  }
  const loadedFrom = Object.fromEntries(paths.map((path) => [path, resolve(at(path))]));
  console.log(JSON.stringify({ loadedFrom, answers, isOneServer }));
`;

/** The same program, asked in each of the formats. */
const consumers = {
  'consumer.mjs': `
    const load = (name) => import(name);
    const resolve = (name) => import.meta.resolve(name);
    const paths = JSON.parse(process.argv[2]);
    ${program}`,
  'consumer.cjs': `
    const load = (name) => require(name);
    const resolve = (name) => require.resolve(name);
    const paths = JSON.parse(process.argv[2]);
    void (async () => { ${program} })();`,
  // The files that the "require" condition names, where another condition would come first.
  'consumer-of-files.cjs': `
    const manifest = require('rookery/package.json');
    const file = (name) => {
      const conditions = manifest.exports[name.replace('rookery', '.')];
      return conditions === undefined ? name : require.resolve('./node_modules/rookery/' + conditions.require.default);
    };
    const load = (name) => require(file(name));
    const resolve = file;
    const paths = JSON.parse(process.argv[2]);
    void (async () => { ${program} })();`,
  'same.mjs': `
    import { createRequire } from 'node:module';
    const require = createRequire(import.meta.url);
    const report = {};
    for (const path of JSON.parse(process.argv[2])) {
      const name = 'rookery' + path.slice(1);
      const imported = process.argv[3] === 'import' ? await import(name) : undefined;
      const required = require(name);
      const both = imported ?? (await import(name));
      const names = new Set([...Object.keys(both), ...Object.keys(required)]);
      // Node marks a module with a default export so where it is required.
      names.delete('__esModule');
      report[path] = { compared: names.size, different: [...names].filter((each) => both[each] !== required[each]) };
    }
    console.log(JSON.stringify(report));`,
};

/** Uses the types of every path, and expects mistakes to be found: types that are not found would be \`any\`. */
const typedConsumer = `
  import { Module } from '@nestjs/common';
  import { Broadcaster, MessageBody, SocketIoModule, SubscribeAck, WebSocketGateway, type Socket } from 'rookery';
  import { SocketTestingModule } from 'rookery/nest-testing';
  import { Adapter, InMemoryAdapter, type BroadcastOptions } from 'rookery/adapter';
  import { Encoder, PacketType, type Packet } from 'rookery/protocol';
  import { RookeryError, Server, type ErrorCode, type ServerOptions } from 'rookery/server';
  import { MemoryWireClient, startTestServer, type WireClient } from 'rookery/testing';

  interface ClientEvents { hello(name: string, answer: (text: string) => void): void }
  interface ServerEvents { news(text: string): void }

  export const options: ServerOptions = { adapter: InMemoryAdapter, pingInterval: 1_000 };
  // @ts-expect-error: a number
  export const wrongOptions: ServerOptions = { pingInterval: 'often' };

  export const io = new Server<ClientEvents, ServerEvents>(options);
  io.on('connection', (socket) => {
    socket.on('hello', (name, answer) => answer(name.toUpperCase()));
    socket.emit('news', 'good');
    // @ts-expect-error: the text of the news
    socket.emit('news', 1);
  });
  export const code: ErrorCode = new RookeryError('PARSE_ERROR', 'no').code;

  export abstract class Nowhere extends Adapter {
    override broadcast(_packet: Packet, options: BroadcastOptions): void {
      // @ts-expect-error: a set of rooms
      const rooms: string = options.rooms;
      void rooms;
    }
  }
  export const parts = new Encoder().encode({ type: PacketType.CONNECT, nsp: '/' });
  // @ts-expect-error: a namespace is missing
  new Encoder().encode({ type: PacketType.CONNECT });

  export async function ask(): Promise<string | Buffer> {
    const server = await startTestServer();
    const client: WireClient = await MemoryWireClient.connect(server.io.engine);
    // @ts-expect-error: text or bytes
    client.send(1);
    return client.next();
  }

  @WebSocketGateway()
  export class Gateway {
    constructor(private readonly broadcaster: Broadcaster<ServerEvents>) {}
    @SubscribeAck('hello')
    hello(@MessageBody() name: string): string {
      // @ts-expect-error: the text of the news
      this.broadcaster.emit('news', 1);
      return name;
    }
    leave(socket: Socket<ClientEvents, ServerEvents>): void {
      socket.disconnect();
    }
  }
  @Module({ imports: [SocketIoModule.forRoot(options)], providers: [Gateway] })
  export class App {}

  export async function test(): Promise<string> {
    const sockets = await SocketTestingModule.create({ imports: [App] });
    const client = await sockets.connect<ServerEvents, ClientEvents>('/', { auth: { token: 'a' } });
    // @ts-expect-error: the name is a text
    client.emit('hello', 1, () => {});
    const [text] = await client.next('news');
    // @ts-expect-error: a text
    const wrong: number = text;
    void wrong;
    return client.emitWithAck('hello', sockets.get(Gateway).hello('a'));
  }

  // @ts-expect-error: the types of ws are not installed, and must not be needed
  import { WebSocket } from 'ws';
  export type Unknown = WebSocket;
`;

describe('the package', () => {
  const consumer = mkdtempSync(join(tmpdir(), 'consumer-'));
  const root = join(consumer, 'node_modules', 'rookery');
  let packed: string[];
  let manifest: Manifest;
  let paths: string[];

  const inNode = async (args: string[]): Promise<unknown> => {
    const { stdout } = await run(process.execPath, args, { cwd: consumer });
    return JSON.parse(stdout) as unknown;
  };

  beforeAll(async () => {
    if (!existsSync('dist/esm/index.js') || !existsSync('dist/cjs/index.js')) {
      throw new Error('There is no package to look at: npm run build');
    }
    const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', consumer];
    const { stdout } = await run('npm', pack, { maxBuffer: 1 << 24 });
    const [tarball] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
    packed = tarball.files.map(({ path }) => path);
    mkdirSync(root, { recursive: true });
    await run('tar', ['-xzf', join(consumer, tarball.filename), '-C', root, '--strip-components=1']);
    for (const name of installed) {
      const link = join(consumer, 'node_modules', name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(process.cwd(), 'node_modules', name), link, 'junction');
    }
    for (const [name, text] of Object.entries(consumers)) writeFileSync(join(consumer, name), text);
    manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
    paths = Object.keys(manifest.exports).filter((path) => path !== './package.json');
  }, 60_000);
  afterAll(() => rmSync(consumer, { recursive: true, force: true }));

  describe('as a tarball', () => {
    it('holds the two builds, the client for browsers, the manifest and its papers, and nothing else', () => {
      const papers = ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist/cjs/package.json', 'package.json'];
      const built = /^dist\/((esm|cjs)\/.+\.(js|js\.map|d\.ts)|client\/(socket\.io|rookery)[a-z.]*\.js(\.map)?)$/;
      const others = packed.filter((file) => !built.test(file));
      expect(others.sort()).toEqual(papers);
    });

    it.each(['esm', 'cjs'])('holds every module of lib as %s, with its types', (format) => {
      const modules = modulesOf('lib', '.ts');
      expect(modules.length).toBeGreaterThan(50);
      expect(modulesOf(join(root, 'dist', format), '.d.ts')).toEqual(modules);
      expect(modulesOf(join(root, 'dist', format), '.js')).toEqual(modules);
    });

    it('has every file that its manifest names', () => {
      const named = filesOf(manifest);
      expect(named.length).toBeGreaterThan(25);
      expect(named.filter((file) => !packed.includes(file))).toEqual([]);
    });

    it('has source maps that lead to a source', () => {
      const maps = packed.filter((file) => /^dist\/(esm|cjs)\/.+\.js\.map$/.test(file));
      expect(maps.length).toBeGreaterThan(100);
      const leadsNowhere = maps.find((file) => {
        const { sources, sourcesContent } = JSON.parse(readFileSync(join(root, file), 'utf8')) as {
          sources: string[];
          sourcesContent?: unknown[];
        };
        const isPacked = (source: string): boolean => packed.includes(posix.join(posix.dirname(file), source));
        return sourcesContent === undefined && !sources.every(isPacked);
      });
      expect(leadsNowhere).toBeUndefined();
    });
  });

  describe('in its manifest', () => {
    it('depends on ws alone', () => {
      expect(Object.keys(manifest.dependencies)).toEqual(['ws']);
      expect(Object.keys(manifest)).not.toContain('optionalDependencies');
      expect(Object.keys(manifest)).not.toContain('bundleDependencies');
    });

    it('asks for Nest, and leaves open what only some applications need', () => {
      const optional = Object.keys(manifest.peerDependenciesMeta).filter(
        (name) => manifest.peerDependenciesMeta[name]!.optional === true,
      );
      expect(optional.sort()).toEqual([
        '@nats-io/transport-node',
        '@nestjs/testing',
        '@nestjs/websockets',
        'class-transformer',
        'class-validator',
        'ioredis',
        'notepack.io',
        'passport',
        'pg',
        'redis',
      ]);
      const required = Object.keys(manifest.peerDependencies).filter((name) => !optional.includes(name));
      expect(required.sort()).toEqual(['@nestjs/common', '@nestjs/core', 'reflect-metadata', 'rxjs']);
      expect(Object.keys(manifest.peerDependencies)).toEqual(expect.arrayContaining(optional));
    });

    it('declares everything that it imports', () => {
      expect(importsIn('.js')).toEqual([
        '@nats-io/transport-node',
        '@nestjs/common',
        '@nestjs/core',
        '@nestjs/testing',
        'class-transformer',
        'class-validator',
        'ioredis',
        'notepack.io',
        'passport',
        'pg',
        'redis',
        'rxjs',
        'ws',
      ]);
    });

    it('needs no types of its dependency in its own', () => {
      expect(importsIn('.d.ts')).toEqual(['@nestjs/common', '@nestjs/core', '@nestjs/testing', 'rxjs']);
    });

    /** The packages that the files of both builds import, Node's own aside. */
    function importsIn(extension: string): string[] {
      const names = packed
        .filter((file) => /^dist\/(esm|cjs)\//.test(file) && file.endsWith(extension))
        .flatMap((file) => [...readFileSync(join(root, file), 'utf8').matchAll(specifier)].map((match) => match[1]!))
        .filter((name) => !name.startsWith('node:'))
        .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'));
      return [...new Set(names)].sort();
    }
  });

  describe('for a consumer', () => {
    const answer = '437["hello world"]';

    it.each([
      ['imports it', 'consumer.mjs', 'esm'],
      ['requires it', 'consumer.cjs', 'esm'],
      ['bundles its CommonJS files', 'consumer-of-files.cjs', 'cjs'],
    ])('who %s, serves with and without Nest', async (_how, file, format) => {
      const output = (await inNode([file, JSON.stringify(paths)])) as ProgramOutput;
      expect(output.answers).toEqual({ webSocket: answer, polling: answer, nest: answer, tested: 'hello world' });
      expect(output.isOneServer).toBe(true);
      expect(Object.keys(output.loadedFrom)).toEqual([
        '.',
        './server',
        './engine',
        './adapter',
        './redis',
        './redis-streams',
        './node-cluster',
        './nats',
        './postgres',
        './session-relay',
        './emitter',
        './presence',
        './client',
        './client/websocket',
        './protocol',
        './testing',
        './nest-testing',
        './nest-client',
      ]);
      for (const from of Object.values(output.loadedFrom)) expect(from).toContain(`/rookery/dist/${format}/`);
    });

    it('whose Node cannot require ES modules, serves without Nest', async () => {
      // Nest itself may be ES modules alone; with it such a Node is out of the question.
      const withoutNest = paths.filter((path) => !['.', './nest-testing', './nest-client'].includes(path));
      const flag = '--no-experimental-require-module';
      const output = (await inNode([flag, 'consumer.cjs', JSON.stringify(withoutNest)])) as ProgramOutput;
      expect(output.answers).toEqual({ webSocket: answer, polling: answer });
      for (const from of Object.values(output.loadedFrom)) expect(from).toContain('/rookery/dist/cjs/');
    });

    it.each(['import', 'require'])(
      'who mixes both formats, gets the same classes, whichever %ss first',
      async (first) => {
        const report = (await inNode(['same.mjs', JSON.stringify(paths), first])) as Record<string, Comparison>;
        expect(Object.keys(report)).toEqual(paths);
        for (const { compared, different } of Object.values(report)) {
          expect(compared).toBeGreaterThan(0);
          expect(different).toEqual([]);
        }
      },
    );

    it('who reaches past the doors, is told that there is no way', async () => {
      writeFileSync(join(consumer, 'past.mjs'), "await import('rookery/dist/esm/server/socket.js');");
      await expect(inNode(['past.mjs'])).rejects.toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
    });

    it('who type-checks everything, finds no mistake and needs no types of ws', async () => {
      for (const file of ['typed.mts', 'typed.cts']) writeFileSync(join(consumer, file), typedConsumer);
      const compilerOptions = {
        module: 'nodenext',
        target: 'es2022',
        strict: true,
        skipLibCheck: false,
        noEmit: true,
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
        types: ['node'],
      };
      writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.mts', '*.cts'] }));
      const compiler = join(process.cwd(), 'node_modules', 'typescript', 'bin', 'tsc');
      const check = run(process.execPath, [compiler, '--listFiles', '--pretty', 'false'], {
        cwd: consumer,
        maxBuffer: 1 << 24,
      });
      const { stdout } = (await check.catch((error: unknown) => error)) as { stdout: string };
      const lines = stdout.split('\n');
      // Both builds were looked at, and nothing but the declarations of others may be wrong.
      for (const format of ['esm', 'cjs']) expect(lines).toContain(join(root, 'dist', format, 'index.d.ts'));
      const mistakes = lines.filter((line) => /^(typed|node_modules\/rookery)\S*\(\d+,\d+\): error|^error/.test(line));
      expect(mistakes).toEqual([]);
    }, 60_000);
  });
});
