import { spawnSync } from 'node:child_process';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { build, type BuildOptions, type OutputFile, type Plugin } from 'esbuild';
import { describe, expect, it } from '@jest/globals';
import { Manager, Socket } from 'socket.io-client';
import type * as client from '../../lib/client/index.js';
import { ParseError, PacketType } from '../../lib/protocol/index.js';

// Modules without types.
const { inlinePacketTypes } = (await import('../../tools/packet-types.mjs' as string)) as {
  inlinePacketTypes(code: string): string;
};
const { withoutPrivateNames } = (await import('../../tools/private-names.mjs' as string)) as {
  withoutPrivateNames(code: string, file: number): string;
};
const { shortErrors } = (await import('../../tools/short-errors.mjs' as string)) as { shortErrors: Plugin };
const { bundle, bundles } = (await import('../../tools/client-bundles.mjs' as string)) as {
  bundle(name: string, options?: BuildOptions): Promise<{ outputFiles: OutputFile[] }>;
  bundles: Readonly<Record<string, BuildOptions>>;
};

/** The module that a text is. */
const evaluated = (text: string): Promise<unknown> => import(`data:text/javascript,${encodeURIComponent(text)}`);

it('puts the numbers of the protocol in the place of packet types', () => {
  for (const [name, number] of Object.entries(PacketType)) {
    expect(inlinePacketTypes(`a(PacketType.${name})`)).toBe(`a(${number})`);
  }
});

describe('private names', () => {
  it('become properties, other ones in each file', () => {
    const code = 'class A { #b = 1; c(d) { return #b in d ? d.#b : this.#b; } }';
    expect(withoutPrivateNames(code, 3)).toBe(
      'class A { $p_b_3 = 1; c(d) { return "$p_b_3" in d ? d.$p_b_3 : this.$p_b_3; } }',
    );
  });

  it('are left alone in texts', () => {
    expect(withoutPrivateNames('const a = "#b";', 0)).toBe('const a = "#b";');
  });
});

it('has the reason of a ParseError for its message, and all else as it is', async () => {
  const { outputFiles } = await build({
    entryPoints: ['lib/protocol/parse-error.ts'],
    bundle: true,
    format: 'esm',
    write: false,
    plugins: [shortErrors],
  });
  const short = (await evaluated(outputFiles[0]!.text)) as { ParseError: typeof ParseError };
  const cause = new Error('cause');
  const error = new short.ParseError('unknownType', { cause });
  const { name, code, reason } = new ParseError('unknownType');
  expect(error).toMatchObject({ name, code, reason, cause, message: 'unknownType' });
});

describe.each(Object.keys(bundles))('the bundle %s', (name) => {
  const isSmall = name.includes('websocket');

  it('maps back to the lines of its sources', async () => {
    const { outputFiles } = await bundle(name, { sourcemap: 'linked', outfile: `dist/client/${name}` });
    const [map, code] = ['.map', '.js'].map((end) => outputFiles.find(({ path }) => path.endsWith(end))!.text);
    const payload = JSON.parse(map!) as SourceMapPayload;
    expect(code).toMatch(new RegExp(`//# sourceMappingURL=${name}\\.map\\s*$`));
    const probes = {
      'packet-decoder.ts': 'invalid packet',
      'base-socket.ts': 'io client disconnect',
      'acks.ts': 'operation has timed out',
      ...(!isSmall && { 'webtransport.ts': 'webtransport connection closed', 'engine.ts': 'No transports available' }),
    };
    for (const [file, text] of Object.entries(probes)) {
      const before = code!.slice(0, code!.indexOf(text)).split('\n');
      const entry = new SourceMap(payload).findEntry(before.length - 1, before.at(-1)!.length - 1) as {
        originalSource: string;
        originalLine: number;
      };
      expect(entry.originalSource.split('/').at(-1)).toBe(file);
      const source = payload.sourcesContent[payload.sources.indexOf(entry.originalSource)]!;
      expect(source.split('\n')[entry.originalLine]).toContain(text);
    }
  });

  it('has no private name in it, and none that stands for one', async () => {
    const { outputFiles } = await bundle(name);
    expect(outputFiles[0]!.text).not.toMatch(/\$p_|\.#\w|[{;]#\w|WeakMap/);
  });
});

/** What the published classes keep to themselves, without saying so by its name. */
const notPublic = {
  Manager:
    'maybeReconnectOnOpen onopen onping ondata ondecoded onerror cleanup disconnect onclose reconnect onreconnect',
  Socket:
    'subEvents onopen onerror onclose onpacket onevent emitEvent ack onack onconnect emitBuffered ondisconnect destroy packet notifyOutgoingListeners',
};

const published = { Manager, Socket };

it.each(['Manager', 'Socket'] as const)(
  'has every public name of the published %s in the minified bundle',
  async (className) => {
    const { outputFiles } = await bundle('socket.io.esm.min.js');
    const ours = (await evaluated(outputFiles[0]!.text)) as typeof client;
    const manager = new ours.Manager('http://nowhere.test', { autoConnect: false });
    const instance = { Manager: manager, Socket: manager.socket('/') }[className];
    const isInternal = (key: string): boolean => key.startsWith('_') || key === 'constructor';
    const keys = Object.getOwnPropertyNames(published[className].prototype).filter((key) => !isInternal(key));
    const emitter = ['on', 'once', 'off', 'addEventListener', 'removeListener', 'removeAllListeners', 'listeners'];
    const wanted = [...keys, ...emitter].filter((key) => !notPublic[className].split(' ').includes(key));
    expect(wanted.length).toBeGreaterThan(15);
    expect(wanted.filter((key) => !(key in instance))).toEqual([]);
  },
);

describe('npm run size', () => {
  const size = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['tools/size.mjs', ...args], { encoding: 'utf8' });
    return { status, stdout, stderr };
  };

  it('is content with every build, and says what it weighs', () => {
    const { status, stdout, stderr } = size();
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/socket\.io\.esm\.min\.js +\d+ +\d+ +9000/);
    expect(stdout).toMatch(/socket\.io\.websocket\.esm\.min\.js +\d+ +\d+ +5500/);
    expect(stdout).toMatch(/rookery\.esm\.min\.js +\d+ +\d+ +12000/);
  });

  it('fails for a build above its budget, and names it', () => {
    const { status, stderr } = size('--budget', '10000');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^rookery\.esm\.min\.js is \d+ bytes above its budget\n$/);
  });

  it('takes no budget that is none for one that is kept', () => {
    expect(size('--budget', 'much').status).toBe(1);
  });
});
