import { readFileSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import 'reflect-metadata';
import { modulePresetOf } from '../../lib/nest/module-preset.js';
import { defaultClientLimits } from '../../lib/server/client-limits.js';
import { presetOf, recoveryLimitsOf } from '../../lib/server/security.js';
import { Server, type SecurityPreset, type ServerOptions, type SlowConsumer } from '../../lib/server/index.js';
import { Clients } from '../support/clients.js';
import { bootstrap, hurry, watchSlowConsumers } from './examples/hardening.js';

const guide = readFileSync('docs/hardening.md', 'utf8');
const readme = readFileSync('README.md', 'utf8');
const strict = presetOf({ security: 'strict' });

/** What a preset sets beside the options of a server, by the names of the options. */
function besideServer(security: SecurityPreset): Record<string, unknown> {
  const { maxSessions, maxPackets } = recoveryLimitsOf({ security });
  const { defaultAccess, maxRoomsPerSocket, joinRate } = modulePresetOf({ security });
  return {
    'connectionStateRecovery.maxSessions': maxSessions,
    'connectionStateRecovery.maxPackets': maxPackets,
    defaultAccess,
    maxRoomsPerSocket,
    joinRate,
  };
}

/** Everything that strict sets, as the tables have it. */
const strictly = { ...strict, ...besideServer('strict') };

/** The rows of a table, behind its head, by the names in their first cell. */
function rowsOf(document: string, heading: string): [names: string[], ...cells: string[]][] {
  const start = document.indexOf(`\n${heading}\n`);
  expect(start).toBeGreaterThan(-1);
  const rest = document.slice(start + 1);
  const end = rest.search(/\n##+ /);
  return [...rest.slice(0, end).matchAll(/^\| (`.+|of .+) \|$/gm)].map(([, row]) => {
    const [names, ...cells] = row!.split(' | ').map((cell) => cell.trim());
    return [[...names!.matchAll(/`([\w.]+)`/g)].map(([, name]) => name!), ...cells];
  });
}

/** A value of an option, as tables show it. */
function shown(value: unknown): string {
  if (typeof value === 'number') return String(value).replaceAll(/(?<=\d)(?=(?:\d{3})+$)/g, '_');
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, each]) => `${name}: ${shown(each)}`)
    .join(', ')} }`;
}

/** The numbers of a text, however their digits are grouped. */
function numbersIn(text: string): number[] {
  return [...text.matchAll(/\d[\d_,]*/g)].map(([digits]) => Number(digits.replaceAll(/[_,]/g, '')));
}

function limitsOf(server: Server): Record<string, unknown> {
  return { ...defaultClientLimits, ...server.engine.opts, connectTimeout: server.connectTimeout() };
}

afterEach(() => {
  jest.restoreAllMocks();
  delete process.env['PORT'];
});

describe('docs/hardening.md', () => {
  const presets = rowsOf(guide, '## The two presets');

  it('has each option that a preset sets, with what it sets, and why', () => {
    expect(presets.map(([[name], , value]) => [name, value])).toEqual(
      Object.entries(strictly).map(([name, value]) => [name, `\`${shown(value)}\``]),
    );
    for (const [, , , why] of presets) expect(why!.length).toBeGreaterThan(10);
  });

  it('has what counts otherwise, as the README has it and the server', () => {
    expect(presetOf({})).toEqual({});
    const resolved = { ...limitsOf(new Server()), ...besideServer('compatible') };
    const defaults = new Map(rowsOf(readme, '## Options').map(([[name], value]) => [name, value]));
    for (const [[name], compatible] of presets) {
      expect([name, compatible]).toEqual([name, defaults.get(name!)]);
      const value = resolved[name!];
      if (value === undefined || value === Infinity) expect(compatible).not.toContain('`');
      else expect(compatible).toBe(`\`${shown(value)}\``);
    }
  });

  it('has each limit that is counted once, with what happens', () => {
    const listed = rowsOf(guide, '## When a limit is reached').flatMap(([names]) => names);
    expect(listed.sort()).toEqual([...new Server().engine.limits.counts.keys()].sort());
  });

  it('reckons with the limits that there are', () => {
    const [incoming, attachments, outgoing, together] = [
      ...guide.matchAll(/^\| .* \| +([\d.]+) MB \| +([\d.]+) MB \|$/gm),
    ].map(([, narrow, wide]) => [Number(narrow), Number(wide)]);
    const { engine } = new Server();
    const of = (options: ServerOptions): number[] => {
      const { maxHttpBufferSize, maxBufferedBytes } = { ...engine.opts, ...options };
      const { maxAttachmentBytes = 10 * maxHttpBufferSize } = options;
      return [2 * maxHttpBufferSize, maxAttachmentBytes, 2 * maxBufferedBytes].map((bytes) => bytes / 1e6);
    };
    const told = [0, 1].map((column) => [incoming, attachments, outgoing].map((row) => row![column]!));
    [of(strict), of({})].forEach((bytes, column) => {
      bytes.forEach((megabytes, row) => expect(Math.abs(told[column]![row]! - megabytes)).toBeLessThan(0.5));
      const sum = bytes.reduce((all, each) => all + each);
      expect(Math.abs(together![column]! - sum)).toBeLessThan(0.5);
    });
    const [, few, many] = /stands (\d+) such clients at once with `"strict"`, and (\d+) with/.exec(guide)!;
    expect([Number(few), Number(many)]).toEqual([1_000 / together![0]!, Math.floor(1_000 / together![1]!)]);
  });

  it('has times of the HTTP server that Node does not have', async () => {
    const server = createServer();
    expect(guide).toContain(`\`headersTimeout\` (${server.headersTimeout / 1_000} s)`);
    expect(guide).toContain(`\`requestTimeout\` (${server.requestTimeout / 1_000} s)`);
    expect(guide).toContain(`\`keepAliveTimeout\` (${server.keepAliveTimeout / 1_000} s)`);
    const before = { headers: server.headersTimeout, request: server.requestTimeout };
    hurry(server);
    expect(server.headersTimeout).toBeLessThan(before.headers);
    expect(server.requestTimeout).toBeLessThan(before.request);
  });

  it('shows an application that tells what it refuses, to who watches', async () => {
    process.env['PORT'] = '0';
    jest.spyOn(Logger.prototype, 'log').mockImplementation(() => {});
    const debug = jest.spyOn(Logger.prototype, 'debug').mockImplementation(() => {});
    const app = await bootstrap();
    const clients = new Clients(() => url);
    const { port } = (app.getHttpServer() as HttpServer).address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    try {
      expect(app.getHttpServer()).toMatchObject({ headersTimeout: 10_000, requestTimeout: 20_000 });
      await clients.connect('/');
      await expect(clients.connect('/')).rejects.toThrow();
      const metrics = await fetch(`${url}/metrics`);
      expect(metrics.headers.get('content-type')).toMatch(/^text\/plain;.* version=0\.0\.4/);
      const lines = (await metrics.text()).split('\n');
      expect(lines).toEqual(
        expect.arrayContaining(['socketio_sessions 1', 'socketio_limits_total{limit="maxConnections"} 1']),
      );
      // Each line is one of the format.
      for (const line of lines) expect(line).toMatch(/^([a-z_]+(\{limit="\w+"\})? \d+)?$/);
      expect(debug.mock.calls).toEqual([['maxConnections']]);
    } finally {
      clients.close();
      await app.close();
    }
  });
});

describe('the listener of slow consumers', () => {
  it('tells who it is, and what was done', async () => {
    const debug = jest.spyOn(Logger.prototype, 'debug').mockImplementation(() => {});
    const io = new Server();
    watchSlowConsumers(io, new Logger('Limits'));
    const consumer: SlowConsumer = { action: 'dropped', dropped: 2, waitingBytes: 30, waitingPackets: 4 };
    io.engine.limits.reportSlowConsumer({ id: 'a' }, consumer);
    await new Promise(setImmediate);
    expect(debug.mock.calls).toEqual([['a dropped: 2 packets, 30 bytes waited']]);
    await io.close();
  });
});

describe('the options of the README', () => {
  it('name what strict sets instead, for these and for no others', () => {
    const named = rowsOf(readme, '## Options').flatMap(([[name], , says]) => {
      const value = /`strict`: (.*)/.exec(says!);
      return value === null ? [] : [[name, numbersIn(value[1]!)]];
    });
    const set = Object.entries(strictly).map(([name, value]) => [name, numbersIn(shown(value))]);
    expect(Object.fromEntries(named)).toEqual(Object.fromEntries(set));
  });
});
