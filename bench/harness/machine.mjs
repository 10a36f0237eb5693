import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { cores } from './cores.mjs';

/** What figures have to name to mean something. */
export function describeMachine() {
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${type()} ${release()}`,
    load: loadavg()[0].toFixed(1),
    isPinned: cores.length > 1,
    versions: Object.fromEntries(
      ['socket.io', 'engine.io', 'ws', '@nestjs/core', '@nestjs/platform-socket.io'].map((name) => [
        name,
        versionOf(name),
      ]),
    ),
  };
}

function versionOf(name) {
  const file = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).version;
}
