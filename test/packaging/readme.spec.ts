import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { errorCodes } from '../../lib/server/index.js';

const readme = readFileSync('README.md', 'utf8');

/** Options that stand in the row of `connectionStateRecovery` itself. */
const namedWithRecovery = ['maxDisconnectionDuration', 'skipMiddlewares'];

/** The option names that a source file declares in an interface. */
function optionsIn(file: string, name: string): string[] {
  const source = readFileSync(file, 'utf8');
  const start = source.indexOf(`export interface ${name}`);
  const body = source.slice(source.indexOf('{\n', start), source.indexOf('\n}', start));
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\?:/gm)].map((match) => match[1]!);
}

/** The rows of a table of the README, as the text of their cells. */
function rows(heading: string): string[][] {
  const section = readme.slice(readme.indexOf(`\n## ${heading}\n`) + 4);
  const end = section.indexOf('\n## ');
  return [...section.slice(0, end).matchAll(/^\| `(.+)\|$/gm)].map((match) =>
    `\`${match[1]}`.split(' | ').map((cell) => cell.trim()),
  );
}

describe('the README', () => {
  it('lists every error code with its meaning', () => {
    const listed = Object.fromEntries(rows('Errors').map(([code, meaning]) => [code!.replaceAll('`', ''), meaning]));
    expect(listed).toEqual(errorCodes);
  });

  it('lists every option', () => {
    // Its row shows those that have been there from the start.
    const recovery = rows('Options')
      .find(([name]) => name === '`connectionStateRecovery`')!
      .join();
    const ofRecovery = optionsIn('lib/server/recovery.ts', 'ConnectionStateRecoveryOptions');
    const declared = [
      ...ofRecovery.filter((name) => !recovery.includes(`${name}:`)).map((name) => `connectionStateRecovery.${name}`),
      ...optionsIn('lib/server/reliable/options.ts', 'ReliableDeliveryOptions').map(
        (name) => `reliableDelivery.${name}`,
      ),
      ...optionsIn('lib/engine/options.ts', 'EngineOptions'),
      ...optionsIn('lib/engine/options.ts', 'AttachOptions'),
      ...optionsIn('lib/server/options.ts', 'ServerOptions'),
      ...optionsIn('lib/server/close-options.ts', 'CloseOptions'),
      ...optionsIn('lib/server/client-limits.ts', 'ClientLimits'),
      ...optionsIn('lib/protocol/socket/decoder.ts', 'DecoderLimits'),
      ...optionsIn('lib/nest/socketio.options.ts', 'SocketIoModuleOptions'),
      ...optionsIn('lib/server/recovery.ts', 'ConnectionStateRecoveryOptions')
        .filter((name) => !namedWithRecovery.includes(name))
        .map((name) => `connectionStateRecovery.${name}`),
    ];
    expect(declared.length).toBeGreaterThan(20);
    const listed = rows('Options').map(([name]) => name!.replaceAll('`', ''));
    expect(listed.sort()).toEqual([...new Set(declared)].sort());
  });
});
