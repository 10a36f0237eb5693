// The servers of the measurement: each in a folder of its own, which goes with it.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

/** Where a program is, besides what the shell finds: servers of Debian are not for everybody's PATH. */
function find(program, folders = []) {
  const all = [...process.env.PATH.split(':'), '/usr/sbin', ...folders];
  return all.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

async function serve(command, args, folder, ready, port, owner = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder, ...owner });
  let said = '';
  await new Promise((resolve, reject) => {
    const onText = (chunk) => {
      said += chunk;
      if (said.includes(ready)) resolve();
    };
    child.stdout.on('data', onText);
    child.stderr.on('data', onText);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${command} ended with ${code}:\n${said}`)));
  });
  return {
    port,
    async stop() {
      child.kill('SIGINT');
      await once(child, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a server is started with; `undefined` where it is not installed. */
export const servers = {
  async redis() {
    const command = find('redis-server');
    if (command === undefined) return undefined;
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'bench-redis-'));
    // A receiver that is slow for a moment is not to be cut off.
    const limits = ['--save', '', '--appendonly', 'no', '--client-output-buffer-limit', 'pubsub 0 0 0'];
    const args = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, ...limits];
    return serve(command, args, folder, 'Ready to accept', port);
  },

  async nats() {
    const command = find('nats-server');
    if (command === undefined) return undefined;
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'bench-nats-'));
    return serve(command, ['-a', '127.0.0.1', '-p', String(port)], folder, 'Server is ready', port);
  },

  async postgres() {
    const home = '/usr/lib/postgresql';
    const versions = existsSync(home) ? readdirSync(home).sort((one, other) => other - one) : [];
    const folders = versions.map((version) => join(home, version, 'bin'));
    const [init, command] = [find('initdb', folders), find('postgres', folders)];
    if (init === undefined || command === undefined) return undefined;
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'bench-postgres-'));
    // It refuses to run as root.
    const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
    const owner = process.getuid() === 0 ? { uid: id('-u'), gid: id('-g') } : {};
    if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid);
    const how = ['-D', folder, '-A', 'trust', '-U', 'postgres', '--no-sync', '--no-instructions'];
    execFileSync(init, how, { cwd: folder, stdio: 'ignore', ...owner });
    const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'fsync=off'];
    const args = ['-D', folder, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
    return serve(command, args, folder, 'ready to accept connections', port, owner);
  },
};
