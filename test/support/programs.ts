import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

/** Something that specs need and npm does not bring. */
export interface DebianProgram {
  /** The packages to install. */
  readonly packages: string;
  /** Where it is; `undefined` where it is not installed. */
  find(): string | undefined;
}

export const debian = {
  chromium: program('chromium', process.env['CHROMIUM'] ?? '/usr/bin/chromium'),
  redis: program('redis-server', '/usr/bin/redis-server'),
  nats: program('nats-server', '/usr/sbin/nats-server'),
  nginx: program('nginx-light', '/usr/sbin/nginx'),
  haproxy: program('haproxy', '/usr/sbin/haproxy'),
  openssl: program('openssl', '/usr/bin/openssl'),
  postgres: {
    packages: 'postgresql',
    find: () => {
      const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
      const newest = versions.sort((one, other) => Number(other) - Number(one))[0];
      return newest && `/usr/lib/postgresql/${newest}/bin`;
    },
  },
  pythonSocketIo: {
    packages: 'python3-socketio python3-aiohttp',
    find: () => {
      const { status } = spawnSync('/usr/bin/python3', ['-c', 'import socketio, aiohttp']);
      return status === 0 ? '/usr/bin/python3' : undefined;
    },
  },
} satisfies Record<string, DebianProgram>;

function program(packages: string, path: string): DebianProgram {
  return { packages, find: () => (existsSync(path) ? path : undefined) };
}
