import { writeFileSync } from 'node:fs';
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
 * @param configuration as it is, but for `listen 80`, which becomes that port.
 */
export async function startNginx(configuration: string): Promise<Nginx> {
  const port = await freePort();
  const folder = temporaryFolder('nginx');
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((each) => `${each}_temp_path ${folder};`);
  const own = configuration
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
