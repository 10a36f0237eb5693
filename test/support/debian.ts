import { describe } from '@jest/globals';
import type { DebianProgram } from './programs.js';

export { debian, type DebianProgram } from './programs.js';

/**
 * A `describe` that needs programs of Debian.
 *
 * Where one is missing it is skipped, and its name says what to install; with `CI` set, that is a failure.
 */
export function describeWith(needs: readonly DebianProgram[], name: string, body: () => void): void {
  const missing = needs.filter((need) => need.find() === undefined).map(({ packages }) => packages);
  if (missing.length === 0) {
    describe(name, body);
    return;
  }
  const advice = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.env['CI'] !== undefined) throw new Error(`"${name}" needs what is not installed: ${advice}`);
  describe.skip(`${name} (skipped: ${advice})`, body);
}
