import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../../interop/published-adapters/cluster.js';
import type { ClusterNode } from '../../interop/published-adapters/cluster-node.js';
import { Reroute } from '../../interop/published-adapters/reroute.js';
import { Audience, type Listener, type Tally } from './audience.js';
import type { Bus } from './buses.js';
import { Crew, silence, speak } from './crew.js';

/** What clients saw while one of two nodes could not reach the bus. */
export interface BusAway {
  /** What the node that was cut off said: for its own clients, and for those of the other one. */
  readonly own: Tally;
  readonly toOthers: Tally;
  /** What the other node said, for the clients of the one that was cut off. */
  readonly fromOthers: Tally;
  /** How many messages the node that was cut off counts as perhaps lost. */
  readonly reported: number;
  /** Whether its health said that the bus was away. */
  readonly isNoticed: boolean;
}

interface Health {
  readonly isUp: boolean;
  readonly failedPublishes: number;
}

/** Cuts one of two nodes off from the bus under load, for a time in milliseconds, and lets it back. */
export async function cutOff(bus: Bus, outage: number): Promise<BusAway> {
  const crew = await Crew.start(bus, 1);
  const reroute = await Reroute.start();
  const audiences: Audience[] = [];
  try {
    const there = crew.nodes[0]!;
    const broker = `http://127.0.0.1:${crew.brokerPort}`;
    reroute.lead(broker);
    const away = await crew.add(Number(new URL(reroute.url).port));
    await crew.meets();
    await speak(there, 'there', 10);
    await speak(away, 'away', 10);
    for (const node of [there, away]) audiences.push(await Audience.gather(node.url, 2));
    const [others, own] = audiences as [Audience, Audience];
    // Joining a room takes its time on some buses.
    const start = new Map([...others.listeners, ...own.listeners].map((each) => [each, lastOf(each)]));
    await both(audiences, (listener, speaker) => start.get(listener)![speaker] + 20);
    for (const audience of audiences) audience.begin();
    await Promise.all(audiences.map((audience) => audience.goesOn()));
    reroute.cut();
    await pause(outage);
    const isNoticed = !(await healthOf(away)).isUp;
    reroute.lead(broker);
    // Until each of them gets what both say now.
    const counts = new Map([...others.listeners, ...own.listeners].map((each) => [each, lastOf(each)]));
    await both(audiences, (listener, speaker) => counts.get(listener)![speaker] + 20);
    const last = { there: await silence(there), away: await silence(away) };
    await Promise.all(audiences.map((each) => each.hasAll(new Map(Object.entries(last)))));
    const { failedPublishes } = await healthOf(away);
    return {
      own: own.tally('away', last.away),
      toOthers: others.tally('away', last.away),
      fromOthers: own.tally('there', last.there),
      reported: failedPublishes,
      isNoticed,
    };
  } finally {
    for (const audience of audiences) audience.close();
    await crew.stop();
    await reroute.stop();
  }
}

/** Resolves once every client has got more than so many of both speakers, by their numbers. */
async function both(
  audiences: readonly Audience[],
  least: (listener: Listener, speaker: 'there' | 'away') => number,
): Promise<void> {
  const speakers = ['there', 'away'] as const;
  await eventually('every client gets what both nodes say', async () =>
    audiences.every(({ listeners }) =>
      listeners.every((each) => speakers.every((speaker) => lastOf(each)[speaker] > least(each, speaker))),
    ),
  );
}

function lastOf(listener: Listener): { there: number; away: number } {
  return { there: listener.last('there'), away: listener.last('away') };
}

function healthOf(node: ClusterNode): Promise<Health> {
  return node.evaluate((io) => {
    const { isUp, failedPublishes } = (io.of('/').adapter as unknown as { health: Health }).health;
    return { isUp, failedPublishes };
  });
}
