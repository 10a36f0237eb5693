import type { ServerOptions } from '../../lib/server/index.js';
import { Random } from '../fuzz/random.js';
import { lives } from './churn.js';
import { ServerProcess, type Measurement } from './server-process.js';

/** How long, and with which numbers, a server is worn. */
export interface SoakOptions {
  readonly seconds: number;
  readonly seed: number;
  /** How often all clients leave, and the server is measured. @default 12 */
  readonly rounds?: number;
  /** Whether the server keeps every socket on purpose. @default false */
  readonly leaks?: boolean;
  /** Told what was measured, as it is. */
  readonly report?: (line: string) => void;
}

/** What became of it. */
export interface SoakOutcome {
  /** What is wrong; empty when nothing is. */
  readonly failures: readonly string[];
  /** How much the heap grows per session, in bytes, once the server is warm. */
  readonly growth: number;
  readonly sessions: number;
}

/** The part of the rounds in which code is compiled and tables find their size. */
const warmUp = 1 / 3;
const together = 16;
/** Least squares over rounds still see what the collector left: a session that is kept takes 2,000 and more. */
const mostGrowth = 400;
/** Silent clients are missed after `pingInterval` and `pingTimeout`; five times as long for a busy machine. */
const longestEnd = 10_000;

const options: ServerOptions = {
  pingInterval: 500,
  pingTimeout: 1_500,
  connectTimeout: 2_000,
  // Sessions that wait are forgotten from one round to the next.
  connectionStateRecovery: { maxDisconnectionDuration: 500, skipMiddlewares: true },
  maxConnectionsPerIp: 10_000,
};

/** Wears a server with clients of all kinds, round by round, and measures what is left of them after each. */
export async function soak(soaking: SoakOptions): Promise<SoakOutcome> {
  const { seconds, seed, rounds = 12, leaks = false, report = () => {} } = soaking;
  await using server = await ServerProcess.start(options, leaks);
  const random = new Random(seed);
  const failures: string[] = [];
  const measured: Measurement[] = [];
  const done: Record<string, number> = {};
  for (let round = 0; round < rounds && failures.length === 0; round++) {
    const end = performance.now() + (seconds * 1_000) / rounds;
    const live = async (): Promise<void> => {
      while (performance.now() < end && failures.length === 0) {
        const name = random.pick(Object.keys(lives));
        try {
          await lives[name]!(server.url, random);
          done[name] = (done[name] ?? 0) + 1;
        } catch (error) {
          failures.push(`${name}: ${String(error)}`);
        }
      }
    };
    await Promise.all(Array.from({ length: together }, live));
    const isEmpty = await server.isEmptyWithin(longestEnd);
    const measurement = await server.measure();
    measured.push(measurement);
    const { heap, tables, counts } = measurement;
    report(
      `round ${String(round + 1).padStart(2)}: ${counts.opened} sessions, ${counts.connects} sockets, heap ${(heap / 1e6).toFixed(2)} MB`,
    );
    if (!isEmpty) failures.push(...filled(tables));
    if (counts.errors > 0) failures.push(`${counts.errors} errors reached the process`);
  }
  const growth = slope(measured.slice(Math.floor(rounds * warmUp)).map(({ heap, counts }) => [counts.opened, heap]));
  if (growth > mostGrowth) failures.push(`the heap grows by ${growth.toFixed(0)} bytes per session`);
  const sessions = measured.at(-1)?.counts.opened ?? 0;
  report(`${JSON.stringify(done)}; the heap grows by ${growth.toFixed(0)} bytes per session`);
  return { failures, growth, sessions };
}

function filled(tables: Measurement['tables']): string[] {
  return Object.entries(tables)
    .filter(([, size]) => size !== 0)
    .map(([name, size]) => `${size} ${name} are left`);
}

/** Of the line through points, by least squares. */
function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (of: 0 | 1): number => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  let products = 0;
  let squares = 0;
  for (const point of points) {
    products += (point[0] - x) * (point[1] - y);
    squares += (point[0] - x) ** 2;
  }
  return squares === 0 ? 0 : products / squares;
}
