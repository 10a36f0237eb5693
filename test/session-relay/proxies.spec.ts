import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { Clients } from '../support/clients.js';
import { debian, describeWith } from '../support/debian.js';
import { startNginx } from '../support/nginx.js';
import { expectClientsToWork } from './client-contract.js';
import { startNodeProcess } from './nodes.js';
import { secret } from './support.js';

/** A file of the guide, with the addresses of this test. */
function configuration(file: string, nodes: readonly number[]): string {
  let text = readFileSync(join('docs/load-balancing', file), 'utf8');
  nodes.forEach((node, index) => (text = text.replace(`10.0.0.${index + 1}:3000`, `127.0.0.1:${node}`)));
  expect(text).not.toContain('10.0.0.');
  return text;
}

/** An nginx before nodes, as the guide shows it. */
async function startGuided(
  file: string,
  nodes: readonly number[],
): Promise<AsyncDisposable & { readonly url: string }> {
  const nginx = await startNginx(configuration(file, nodes));
  return { url: nginx.url, [Symbol.asyncDispose]: () => nginx.stop() };
}

describeWith([debian.nginx], 'the nginx configurations of the guide', () => {
  it('take each request to the next node, which passes it on', async () => {
    await using one = await startNodeProcess({ relay: { secret } });
    await using other = await startNodeProcess({ relay: { secret } });
    await using nginx = await startGuided('nginx-any-node.conf', [one.port, other.port]);
    await expectClientsToWork(nginx.url);
    expect((await one.health()).relayed + (await other.health()).relayed).toBeGreaterThan(0);
  }, 60_000);

  it('keep a client on its node, where nodes have no relay', async () => {
    await using one = await startNodeProcess({});
    await using other = await startNodeProcess({});
    const ports = [one.port, other.port];
    {
      await using nginx = await startGuided('nginx-any-node.conf', ports);
      const clients = new Clients(() => nginx.url);
      await expect(clients.connect('/', { transports: ['polling'] })).rejects.toThrow();
      await clients.closed();
    }
    await using nginx = await startGuided('nginx-sticky.conf', ports);
    const clients = new Clients(() => nginx.url);
    for (const transports of [['polling'], ['polling', 'websocket'], ['websocket']]) {
      const socket = await clients.connect('/', { transports });
      expect(await socket.timeout(10_000).emitWithAck('echo', 'hello')).toBe('hello');
    }
    await clients.closed();
  }, 60_000);
});

describeWith([debian.haproxy], 'the HAProxy configuration of the guide', () => {
  it('is one that HAProxy takes', () => {
    const { status, stderr } = spawnSync(
      debian.haproxy.find()!,
      ['-c', '-f', 'docs/load-balancing/haproxy-sticky.cfg'],
      {
        encoding: 'utf8',
      },
    );
    expect([status, stderr.includes('[ALERT]'), stderr.includes('[WARNING]')]).toEqual([0, false, false]);
  });
});
