import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parse, tokTypes } from 'acorn';
import { transform } from 'esbuild';
import { inlinePacketTypes } from './packet-types.mjs';

/** What is shortened: the properties that private names become, and methods that only rooms inside of the client call. */
export const mangledNames = new RegExp(
  `^(\\$p_.*|${[
    'on(Transport|Manager|Engine)(Open|Error|Close)',
    'on(Packet|Drain|Ping|Message|Upgrade|Upgrading|UpgradeError|SocketInactive)',
    'is(Stale|Writable|Reconnecting|Open|Done|Once)',
    'abandon|createTransport|drained|hasPingExpired|hasSocket|later|notify|opened|received|resume|retire|takesError',
    'ended|fail|isBinary|listener|owner|pause|release|requestUrl|sendMessage|sink|start|state|transportName|callback|onDone|tries',
    'dispatch|build|timers|handshake|settings|mayReconnect|finishClosing|firstTransport|failed|flush|create|flags|take|codec|timersOf|url',
    'on(Open|End|Incoming|Outgoing|Connected)|reset',
    'append|prepend|remove|answer|drain|timer',
  ].join('|')})$`,
);

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
      // Fields stay fields: as assignments, esbuild would lower private ones at once.
      const tsconfigRaw = { compilerOptions: { useDefineForClassFields: true, target: 'esnext' } };
      const { code, map } = await transform(await readFile(path, 'utf8'), {
        loader: 'ts',
        target: 'esnext',
        tsconfigRaw,
        sourcemap: 'external',
        sourcefile: basename(path),
      });
      // What is rewritten stays on its line, which is as exact as the source map is.
      const contents = inlinePacketTypes(withoutPrivateNames(code, files++));
      return { contents: `${contents}//# sourceMappingURL=${asUrl(map)}`, loader: 'ts' };
    });
  },
};

function asUrl(map) {
  return `data:application/json;base64,${Buffer.from(map).toString('base64')}`;
}

/** Rewrites the private names of a module, and the fields that begin with them. */
export function withoutPrivateNames(code, file) {
  const edits = [];
  const onToken = ({ type, value, start, end }) => {
    if (type !== tokTypes.privateId) return;
    const name = `$p_${value}_${file}`;
    edits.push([start, end, code.slice(end).trimStart().startsWith('in ') ? `"${name}"` : name]);
  };
  parse(code, { ecmaVersion: 'latest', sourceType: 'module', onToken });
  edits.sort(([a], [b]) => b - a);
  let rewritten = code;
  for (const [start, end, text] of edits) rewritten = rewritten.slice(0, start) + text + rewritten.slice(end);
  return rewritten;
}
