import { expect, it } from '@jest/globals';
import { eventually } from '../interop/published-adapters/cluster.js';
import type { Reroute } from '../interop/published-adapters/reroute.js';
import type { BareNode } from './bare-nodes.js';
import { openLog } from './delivery-logs.js';

/** A node that reaches its bus by a way that may be cut. */
export interface NodeByReroute {
  readonly node: BareNode;
  readonly reroute: Reroute;
  /** Opens the way again. */
  readonly lead: () => void;
}

/** What tests set of a node's options. Times in milliseconds. */
export interface OutageOptions {
  readonly connectTimeout: number;
  readonly maxWaiting?: number;
}

const unknown = { epoch: 0, number: 0 };

/** What a log does whose bus cannot be reached. @param start starts a node of its own. */
export function describeDeliveryOutage(bus: string, start: (options: OutageOptions) => Promise<NodeByReroute>): void {
  it(`rejects within its time while ${bus} is away, and works when it is back`, async () => {
    const { node, reroute, lead } = await start({ connectTimeout: 500 });
    const log = openLog(node.adapter);
    const first = await log.append('r', ['news', 1]);
    reroute.cut();
    await eventually('it is noticed', async () => !node.adapter.health.isUp);
    for (const asked of [log.append('r', ['news', 'lost']), log.heads(['r']), log.read('r', unknown, 10)]) {
      await expect(asked).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
    }
    lead();
    await eventually('the bus is back', async () => node.adapter.health.isUp);
    const next = await eventually('it keeps again', () => log.append('r', ['news', 2]).catch(() => undefined));
    expect(next).toEqual({ ...first, number: 2 });
    expect((await log.read('r', unknown, 10)).messages.map(({ data }) => data[1])).toEqual([1, 2]);
    await log.close();
  });

  it(`rejects in time while ${bus} hangs, whatever waits in front, and lets nobody wait for too much`, async () => {
    const { node, reroute } = await start({ connectTimeout: 300, maxWaiting: 3 });
    const log = openLog(node.adapter);
    await log.append('r', ['news', 1]);
    reroute.freeze();
    const settled: string[] = [];
    await Promise.all(
      ['a', 'b', 'c', 'too many'].map((value) =>
        log.append('r', ['news', value]).catch(() => void settled.push(value)),
      ),
    );
    expect([settled[0], [...settled].sort()]).toEqual(['too many', ['a', 'b', 'c', 'too many']]);
    reroute.resume();
    await eventually('it keeps again', () => log.append('r', ['news', 2]).catch(() => undefined));
    await log.close();
  });
}
