import { eventually } from '../../interop/published-adapters/cluster.js';
import type { ClusterNode } from '../../interop/published-adapters/cluster-node.js';
import { Audience } from './audience.js';
import type { Bus } from './buses.js';
import { Crew, speak } from './crew.js';

/** What became of a question for all sockets. */
export interface Asked {
  /** How long it took, in milliseconds. */
  readonly took: number;
  /** How many sockets were found. */
  readonly sockets: number;
  /** Whether a node was named that had not answered. */
  readonly isPartial: boolean;
}

/** What a node sees of another one that is killed, or stands still. */
export interface DeadNode {
  /** Asked while the node was gone already, and nobody knew. */
  readonly afterKill: Asked;
  /** Asked before it was killed, and not answered by it; from the kill on. */
  readonly duringKill: Asked;
  /** How long the node was still among those that are there, in milliseconds. */
  readonly ghost: number;
  readonly whileStopped: Asked;
  /** Once it went on: until everything was found again, in milliseconds. */
  readonly resumed: number;
  /** How many sockets there were at the nodes that lived, and at each that did not. */
  readonly living: number;
  readonly dead: number;
}

const clients = 2;

/** Stops one node and kills two, each while another one asks for all sockets. */
export async function loseNodes(bus: Bus): Promise<DeadNode> {
  const crew = await Crew.start(bus, 4);
  const [asking, stopped, killed, killedWhileAsked] = crew.nodes as [
    ClusterNode,
    ClusterNode,
    ClusterNode,
    ClusterNode,
  ];
  const audiences: Audience[] = [];
  try {
    await speak(asking, 'speaker', 20);
    for (const { url } of crew.nodes) audiences.push(await Audience.gather(url, clients));
    await knows(asking, 3);

    crew.forget(killed);
    await killed.kill();
    const killedAt = performance.now();
    const afterKill = await ask(asking);
    await knows(asking, 2);
    const ghost = performance.now() - killedAt;

    crew.forget(killedWhileAsked);
    killedWhileAsked.signal('SIGSTOP');
    const asked = ask(asking);
    await killedWhileAsked.kill();
    const beforeAnswer = performance.now();
    const answer = await asked;
    const duringKill = { ...answer, took: Math.max(performance.now() - beforeAnswer, 0) };
    await knows(asking, 1);

    stopped.signal('SIGSTOP');
    const whileStopped = await ask(asking);
    stopped.signal('SIGCONT');
    const resumedAt = performance.now();
    await eventually('everything is found again', async () => {
      const { sockets, isPartial } = await ask(asking);
      return sockets === 2 * clients && !isPartial;
    });
    const resumed = performance.now() - resumedAt;
    return { afterKill, duringKill, ghost, whileStopped, resumed, living: 2 * clients, dead: clients };
  } finally {
    for (const audience of audiences) audience.close();
    await crew.stop();
  }
}

async function ask(node: ClusterNode): Promise<Asked> {
  const start = performance.now();
  const found = await node.evaluate((io) =>
    io.fetchSockets().then(
      (sockets) => ({ sockets: sockets.length, isPartial: false }),
      (error: { responses: unknown[] }) => ({ sockets: error.responses.length, isPartial: true }),
    ),
  );
  return { took: performance.now() - start, ...found };
}

/** Resolves once a node has heard of that many others, and counts them. */
async function knows(node: ClusterNode, others: number): Promise<void> {
  await eventually(`a node knows ${others} others`, () =>
    node.evaluate(async (io, count) => {
      const adapter = io.of('/').adapter as unknown as { nodes: string[]; serverCount(): Promise<number> };
      return adapter.nodes.length === count && (await adapter.serverCount()) === count + 1;
    }, others),
  );
}
