import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import type { SocketIoModuleOptions } from '../../../lib/index.js';
import { sessionPath, startApp } from '../support.js';

const origin = 'https://page.test';

async function start(options: SocketIoModuleOptions): Promise<{ allowed: string | null; warnings: string[] }> {
  await using running = await startApp({ options, configure: (app) => app.enableCors({ origin }) });
  const { headers } = await fetch(running.url + sessionPath('polling'), { headers: { origin } });
  const warnings = running.logger.warnings.map(([line]) => String(line));
  return { allowed: headers.get('access-control-allow-origin'), warnings };
}

describe('enableCors() does not count for gateways, and nobody says so (nestjs/nest#7649)', () => {
  it('it is said where it does not count', async () => {
    expect(await start({})).toEqual({
      allowed: null,
      warnings: [
        expect.stringMatching(/app\.enableCors\(\).*`cors` in SocketIoModule\.forRoot\(\)/),
        expect.stringContaining('was refused'),
      ],
    });
  });

  it.each<SocketIoModuleOptions>([{ cors: { origin } }, { attach: 'middleware' }])(
    'it counts with %p',
    async (options) => {
      expect(await start(options)).toEqual({ allowed: origin, warnings: [] });
    },
  );
});
