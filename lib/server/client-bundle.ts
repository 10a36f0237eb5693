import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, deflate, gzip } from 'node:zlib';
import { preferredCoding } from '../shared/index.js';

const fileName = /^\/([a-z.]+\.js)(\.map)?$/;
/** The files, by the packages that have them, and the folders there. */
const sources = {
  rookery: 'dist/client',
  'socket.io-client': 'dist',
} as const;
type Source = keyof typeof sources;
const sourceOf: ReadonlyMap<string, Source> = new Map<string, Source>([
  ['socket.io.js', 'rookery'],
  ['socket.io.min.js', 'rookery'],
  ['socket.io.esm.min.js', 'rookery'],
  ['rookery.esm.min.js', 'rookery'],
  ['socket.io.msgpack.min.js', 'socket.io-client'],
]);
const encoders = { br: promisify(brotliCompress), gzip: promisify(gzip), deflate: promisify(deflate) } as const;
const codings = ['br', 'gzip', 'deflate'] as const;

/** An installed package that has browser files. */
interface Installed {
  readonly folder: string;
  readonly version: string;
}

/** The browser files of the client, below the path of the server. */
export class ClientBundle {
  /** `null` where a package is not installed; there is none until somebody asks. */
  readonly #installed = new Map<Source, Installed | null>();
  /** Each file in each coding that was asked for: compressing takes its time. */
  readonly #contents = new Map<string, Promise<Buffer>>();

  /** Whether a URL names one of the files. @param path the server's, without a slash at its end. */
  serves(path: string, url: string | undefined): boolean {
    return fileOf(path, url) !== undefined;
  }

  /** Answers a request for one of the files. */
  handle(path: string, request: IncomingMessage, response: ServerResponse): void {
    const file = fileOf(path, request.url)!;
    const source = sourceOf.get(file.replace(/\.map$/, ''))!;
    const installed = this.#find(source);
    if (installed === null) {
      response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' });
      response.end(`This file is served from the package ${source}, which is not found from the application.\n`);
      return;
    }
    const { folder, version } = installed;
    const tag = `"${version}"`;
    response.setHeader('Cache-Control', 'public, max-age=0');
    response.setHeader('Content-Type', `application/${file.endsWith('.map') ? 'json' : 'javascript'}; charset=utf-8`);
    response.setHeader('ETag', tag);
    const known = request.headers['if-none-match'];
    if (known === tag || known === `W/${tag}`) {
      response.writeHead(304);
      response.end();
      return;
    }
    const coding = preferredCoding(request.headers['accept-encoding'], codings);
    response.appendHeader('Vary', 'Accept-Encoding');
    if (coding !== undefined) response.setHeader('Content-Encoding', coding);
    this.#content(join(folder, file), coding).then(
      (content) => {
        response.setHeader('Content-Length', content.byteLength);
        response.end(content);
      },
      () => {
        response.removeHeader('Content-Encoding');
        response.writeHead(404);
        response.end();
      },
    );
  }

  #find(source: Source): Installed | null {
    let installed = this.#installed.get(source);
    if (installed === undefined) this.#installed.set(source, (installed = findPackage(source)));
    return installed;
  }

  #content(path: string, coding: (typeof codings)[number] | undefined): Promise<Buffer> {
    const key = `${coding ?? ''} ${path}`;
    let content = this.#contents.get(key);
    if (content === undefined) {
      content = coding === undefined ? readFile(path) : readFile(path).then(encoders[coding]);
      this.#contents.set(key, content);
    }
    return content;
  }
}

function fileOf(path: string, url: string | undefined): string | undefined {
  if (url === undefined || !url.startsWith(path)) return undefined;
  const end = url.indexOf('?');
  const match = fileName.exec(url.slice(path.length, end === -1 ? undefined : end));
  if (match === null || !sourceOf.has(match[1]!)) return undefined;
  return `${match[1]!}${match[2] ?? ''}`;
}

/** Looks for a package where the application would: from its main file, then from where it was started. */
function findPackage(source: Source): Installed | null {
  for (const base of [process.argv[1], join(process.cwd(), 'index.js')]) {
    if (base === undefined) continue;
    try {
      const require = createRequire(base);
      const manifest = require.resolve(`${source}/package.json`);
      const { version } = require(manifest) as { version: string };
      return { folder: join(dirname(manifest), sources[source]), version };
    } catch {
      // Not from there.
    }
  }
  return null;
}
