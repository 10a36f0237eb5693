import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, startDaemon, temporaryFolder, type Daemon } from './cluster-process.js';
import { debian } from './debian.js';

/** An nginx that lives as long as its test. */
export interface Nginx extends Daemon {
  readonly url: string;
}

/**
 * Starts nginx on a free port.
 *
 * @param configuration as it is, but for `listen 80`, which becomes that port; what stands in an `http` block, or all of it.
 */
export async function startNginx(configuration: string): Promise<Nginx> {
  const port = await freePort();
  const folder = temporaryFolder('nginx');
  // Its workers are another user's.
  chmodSync(folder, 0o755);
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((each) => `${each}_temp_path ${folder};`);
  const whole = configuration.includes('http {')
    ? configuration
    : `events { worker_connections 512; }\nhttp {\n${configuration}}\n`;
  const own = whole
    .replace('http {', `http {\n  access_log off;\n  ${paths.join('\n  ')}`)
    .replace('listen 80;', `listen 127.0.0.1:${port};`);
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, own);
  const directives = `daemon off; master_process off; error_log stderr notice; pid ${folder}/nginx.pid;`;
  const daemon = await startDaemon({
    command: debian.nginx.find()!,
    args: ['-p', folder, '-c', file, '-e', 'stderr', '-g', directives],
    folder,
    ready: 'using the "epoll" event method',
    signal: 'SIGTERM',
  });
  return { ...daemon, url: `http://127.0.0.1:${port}` };
}
