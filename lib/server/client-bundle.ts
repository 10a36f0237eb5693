import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, deflate, gzip } from 'node:zlib';
import { preferredCoding } from '../shared/index.js';

const fileName = /^\/(socket\.io(?:\.esm)?(?:\.msgpack)?(?:\.min)?\.js)(\.map)?$/;
const served: ReadonlySet<string> = new Set([
  'socket.io.js',
  'socket.io.min.js',
  'socket.io.esm.min.js',
  'socket.io.msgpack.min.js',
]);
const encoders = { br: promisify(brotliCompress), gzip: promisify(gzip), deflate: promisify(deflate) } as const;
const codings = ['br', 'gzip', 'deflate'] as const;

/** An installed client package. */
interface Installed {
  readonly folder: string;
  readonly version: string;
}

/** The browser files of an installed `socket.io-client`, below the path of the server. */
export class ClientBundle {
  /** `null` where the package is not installed, `undefined` until somebody asks. */
  #installed: Installed | null | undefined;
  /** Each file in each coding that was asked for: compressing takes its time. */
  readonly #contents = new Map<string, Promise<Buffer>>();

  /** Whether a URL names one of the files. @param path the server's, without a slash at its end. */
  serves(path: string, url: string | undefined): boolean {
    return fileOf(path, url) !== undefined;
  }

  /** Answers a request for one of the files. */
  handle(path: string, request: IncomingMessage, response: ServerResponse): void {
    const file = fileOf(path, request.url)!;
    this.#installed ??= findClient();
    if (this.#installed === null) {
      response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' });
      response.end('The client is served from the package socket.io-client, which is not installed.\n');
      return;
    }
    const { folder, version } = this.#installed;
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
  if (match === null || !served.has(match[1]!)) return undefined;
  return `${match[1]!}${match[2] ?? ''}`;
}

/** Looks for the package where the application would: from its main file, then from where it was started. */
function findClient(): Installed | null {
  for (const base of [process.argv[1], join(process.cwd(), 'index.js')]) {
    if (base === undefined) continue;
    try {
      const require = createRequire(base);
      const manifest = require.resolve('socket.io-client/package.json');
      const { version } = require(manifest) as { version: string };
      return { folder: join(dirname(manifest), 'dist'), version };
    } catch {
      // Not from there.
    }
  }
  return null;
}
