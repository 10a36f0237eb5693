import { io, type Socket } from 'socket.io-client';
import { eventually } from '../../interop/published-adapters/cluster.js';

/** What became of the numbered messages, over all clients. */
export interface Tally {
  lost: number;
  duplicated: number;
  disordered: number;
}

/** Numbers of one speaker in one way, as a client got them. */
type Series = Map<string, number[]>;

/** One published client, that comes back whenever it loses its connection. */
export class Listener {
  readonly socket: Socket;
  readonly heard: Series = new Map();
  /** How it came back, each time. */
  readonly returns: ('recovered' | 'new')[] = [];

  constructor(url: string) {
    this.socket = io(url, {
      forceNew: true,
      transports: ['websocket'],
      reconnectionDelay: 20,
      reconnectionDelayMax: 100,
    });
    let isFirst = true;
    this.socket.on('connect', () => {
      if (!isFirst) this.returns.push(this.socket.recovered ? 'recovered' : 'new');
      isFirst = false;
    });
    this.socket.on('news', (speaker: string, n: number) => {
      const numbers = this.heard.get(speaker);
      if (numbers === undefined) this.heard.set(speaker, [n]);
      else numbers.push(n);
    });
  }

  get count(): number {
    let count = 0;
    for (const numbers of this.heard.values()) count += numbers.length;
    return count;
  }
}

/** The clients of a cluster. */
export class Audience {
  readonly listeners: Listener[] = [];

  /** Clients behind one address, connected; each gets something before this resolves: from there on it can come back. */
  static async gather(url: string, count: number): Promise<Audience> {
    const audience = new Audience();
    for (let n = 0; n < count; n++) audience.listeners.push(new Listener(url));
    await audience.goesOn();
    return audience;
  }

  /** Resolves once every client is connected, and has got something more. */
  async goesOn(): Promise<void> {
    const counts = this.listeners.map(({ count }) => count);
    await eventually('every client gets something', async () =>
      this.listeners.every(({ socket, count }, index) => socket.connected && count > counts[index]!),
    );
  }

  /** Resolves once every client has the last number of these speakers. */
  async hasAll(last: ReadonlyMap<string, number>): Promise<void> {
    await eventually('every client has the last message', async () =>
      this.listeners.every(({ heard }) => [...last].every(([speaker, n]) => heard.get(speaker)?.at(-1) === n)),
    );
  }

  /** How those came back that lost their connection, and forgets it. */
  returns(): { recovered: number; anew: number } {
    const all = this.listeners.flatMap(({ returns }) => returns.splice(0));
    const recovered = all.filter((how) => how === 'recovered').length;
    return { recovered, anew: all.length - recovered };
  }

  /** What these clients got of the speakers, from the first that they got on. @param of all, by default. */
  tally(last: ReadonlyMap<string, number>, of: readonly Listener[] = this.listeners): Tally {
    const tally = { lost: 0, duplicated: 0, disordered: 0 };
    for (const { heard } of of) {
      for (const [speaker, n] of last) addTo(tally, heard.get(speaker) ?? [], n);
    }
    return tally;
  }

  close(): void {
    for (const { socket } of this.listeners) socket.disconnect();
  }
}

function addTo(tally: Tally, numbers: readonly number[], last: number): void {
  const distinct = new Set(numbers);
  tally.lost += last + 1 - (numbers[0] ?? 0) - distinct.size;
  tally.duplicated += numbers.length - distinct.size;
  let highest = -1;
  for (const n of numbers) {
    if (n < highest) tally.disordered++;
    highest = Math.max(highest, n);
  }
}
