import { Audience, type Tally } from './audience.js';
import { Balancer } from './balancer.js';
import type { Bus } from './buses.js';
import { Crew, silence, speak } from './crew.js';

/** How nodes end: asked to, or without a chance to do anything. */
export type Ending = 'SIGTERM' | 'SIGKILL';

/** What clients saw while each node was restarted under load. */
export interface RollingRestart extends Tally {
  /** How many times a client came back as the socket it was. */
  readonly recovered: number;
  /** How many times one came back as a new socket. */
  readonly anew: number;
}

const serving = 3;
const clients = 12;
const pause = 5;

/** Restarts three nodes in turn, behind a balancer and under load, while a fourth one speaks that stays. */
export async function restartInTurn(bus: Bus, ending: Ending): Promise<RollingRestart> {
  const crew = await Crew.start(bus, serving + 1);
  const [speaker, ...first] = crew.nodes;
  const balancer = await Balancer.start();
  let audience: Audience | undefined;
  try {
    for (const { url } of first) balancer.add(url);
    await speak(speaker!, 'speaker', pause);
    audience = await Audience.gather(balancer.url, clients);
    // Joining a room takes its time on some buses.
    for (let n = 0; n < 4; n++) await audience.goesOn();
    audience.begin();
    await audience.goesOn();
    for (const node of first) {
      crew.forget(node);
      await (ending === 'SIGTERM' ? node.terminate() : node.kill());
      balancer.remove(node.url);
      balancer.add((await crew.add()).url);
      await audience.goesOn();
    }
    const last = await silence(speaker!);
    await audience.hasAll(new Map([['speaker', last]]));
    return { ...audience.returns(), ...audience.tally('speaker', last) };
  } finally {
    audience?.close();
    await balancer.stop();
    await crew.stop();
  }
}
