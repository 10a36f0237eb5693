import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { parse } from 'yaml';
import { drainTimeoutOf } from '../../lib/nest/socketio.options.js';
import { Server } from '../../lib/server/index.js';

const guide = readFileSync('docs/scaling.md', 'utf8');

/** What is used here of a deployment. */
interface Deployment {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly [
          {
            readonly lifecycle: {
              readonly preStop: { readonly exec: { readonly command: readonly [string, string] } };
            };
            readonly livenessProbe: Probe;
            readonly readinessProbe: Probe;
          },
        ];
      };
    };
  };
}
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: number };
}

describe('docs/scaling.md', () => {
  it('gives a node enough time to end', () => {
    const { spec } = (parse(/```yaml\n([\s\S]*?)```/.exec(guide)![1]!) as Deployment).spec.template;
    const [sleep, seconds] = spec.containers[0].lifecycle.preStop.exec.command;
    expect(sleep).toBe('sleep');
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(Number(seconds) + drainTimeoutOf({}) / 1_000);
    expect(guide).toContain(`\`drainTimeout\` (${drainTimeoutOf({}) / 1_000} s)`);
  });

  it('asks for the health that the sample tells', () => {
    const { spec } = (parse(/```yaml\n([\s\S]*?)```/.exec(guide)![1]!) as Deployment).spec.template;
    const { livenessProbe, readinessProbe } = spec.containers[0];
    const controller = readFileSync('sample/09-redis-cluster/src/health.controller.ts', 'utf8');
    const paths = [...controller.matchAll(/@Get\('(\w+)'\)/g)].map(([, path]) => `/health/${path}`);
    expect([livenessProbe.httpGet.path, readinessProbe.httpGet.path]).toEqual(paths);
    const main = readFileSync('sample/09-redis-cluster/src/main.ts', 'utf8');
    expect(main).toContain(`?? ${livenessProbe.httpGet.port}`);
  });

  it('names the heartbeats that a proxy has to wait for', async () => {
    const io = new Server();
    const { pingInterval, pingTimeout } = io.engine.opts;
    await io.close();
    expect(guide).toContain(`together (${(pingInterval + pingTimeout) / 1_000} s)`);
    expect(guide).toContain(`\`pingInterval\` (${pingInterval / 1_000} s)`);
    const nginx = readFileSync('sample/09-redis-cluster/nginx.conf', 'utf8');
    const timeout = Number(/proxy_read_timeout (\d+)s/.exec(nginx)![1]) * 1_000;
    expect(timeout).toBeGreaterThan(pingInterval + pingTimeout);
  });

  it('names the published packages that are tested', () => {
    const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    const named = [...guide.matchAll(/^\| `(@socket\.io\/\S+)` (\S+)/gm)].map(([, name, version]) => [name, version]);
    expect(named.length).toBe(4);
    for (const [name, version] of named) expect(devDependencies[name!]).toMatch(new RegExp(`^\\^${version}\\.`));
  });
});
