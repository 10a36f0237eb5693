import { Audience, type Tally } from './audience.js';
import { Balancer } from './balancer.js';
import type { Bus } from './buses.js';
import { Crew, silence, speak } from './crew.js';

/** How nodes end: asked to, or without a chance to do anything. */
export type Ending = 'SIGTERM' | 'SIGKILL';

/** What clients saw while each node was restarted under load. */
export interface RollingRestart extends Tally {
  /** How many messages there were, each for every client. */
  readonly sent: number;
  /** How many times a client came back as the socket it was. */
  readonly recovered: number;
  /** How many times one came back as a new socket. */
  readonly anew: number;
  /** What those got that never lost their connection as long as the round lasted, or always were recovered. */
  readonly unbroken: Tally;
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
    const anew = new Set<unknown>();
    for (const listener of audience.listeners) {
      listener.socket.on('connect', () => void (listener.socket.recovered || anew.add(listener)));
    }
    for (const node of first) {
      crew.forget(node);
      await (ending === 'SIGTERM' ? node.terminate() : node.kill());
      balancer.remove(node.url);
      balancer.add((await crew.add()).url);
      await audience.goesOn();
    }
    const last = new Map([['speaker', await silence(speaker!)]]);
    await audience.hasAll(last);
    return {
      sent: last.get('speaker')! + 1,
      ...audience.returns(),
      ...audience.tally(last),
      unbroken: audience.tally(
        last,
        audience.listeners.filter((listener) => !anew.has(listener)),
      ),
    };
  } finally {
    audience?.close();
    await balancer.stop();
    await crew.stop();
  }
}
