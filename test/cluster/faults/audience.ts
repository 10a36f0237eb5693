import { io, type Socket } from 'socket.io-client';
import { eventually } from '../../interop/published-adapters/cluster.js';

/** What became of the numbered messages, over all clients: each message counts once for each. */
export interface Tally {
  /** How many there were, from the first that a client got on. */
  readonly due: number;
  /** Those that did not come although their client was connected, or went on where it was. */
  readonly lost: number;
  /** Those that were said before a client was there again, as a new socket. */
  readonly missed: number;
  readonly duplicated: number;
  readonly disordered: number;
}

/** What a client got of each speaker, as one socket. */
type Stretch = Map<string, number[]>;

/** One published client, that comes back whenever it loses its connection. */
export class Listener {
  readonly socket: Socket;
  /** The last one goes on. */
  #stretches: Stretch[] = [new Map()];
  /** How it came back, each time. */
  readonly returns: ('recovered' | 'new')[] = [];
  #count = 0;

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
      if (!isFirst && !this.socket.recovered) this.#stretches.push(new Map());
      isFirst = false;
    });
    this.socket.on('news', (speaker: string, n: number) => {
      const stretch = this.#stretches.at(-1)!;
      const numbers = stretch.get(speaker);
      if (numbers === undefined) stretch.set(speaker, [n]);
      else numbers.push(n);
      this.#count++;
    });
  }

  /** How many messages it has got. */
  get count(): number {
    return this.#count;
  }

  /** The last number it has got of a speaker. */
  last(speaker: string): number {
    return this.#stretches.at(-1)!.get(speaker)?.at(-1) ?? -1;
  }

  /** What it has got of a speaker, by stretch. */
  heard(speaker: string): number[][] {
    return this.#stretches.map((stretch) => stretch.get(speaker) ?? []);
  }

  /** What has come until now counts no more. */
  begin(): void {
    this.#stretches = [new Map()];
    this.returns.length = 0;
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
      this.listeners.every((listener) => [...last].every(([speaker, n]) => listener.last(speaker) === n)),
    );
  }

  /** What has come until now counts no more: clients have just joined their rooms. */
  begin(): void {
    for (const listener of this.listeners) listener.begin();
  }

  /** How those came back that lost their connection. */
  returns(): { recovered: number; anew: number } {
    const all = this.listeners.flatMap(({ returns }) => returns);
    const recovered = all.filter((how) => how === 'recovered').length;
    return { recovered, anew: all.length - recovered };
  }

  /** What these clients got of a speaker, whose last number it was. */
  tally(speaker: string, last: number): Tally {
    const tallies = this.listeners.map((listener) => tallyOf(listener.heard(speaker), last));
    const sum = (of: keyof Tally): number => tallies.reduce((total, tally) => total + tally[of], 0);
    return {
      due: sum('due'),
      lost: sum('lost'),
      missed: sum('missed'),
      duplicated: sum('duplicated'),
      disordered: sum('disordered'),
    };
  }

  close(): void {
    for (const { socket } of this.listeners) socket.disconnect();
  }
}

function tallyOf(stretches: readonly (readonly number[])[], last: number): Tally {
  const numbers = stretches.flat();
  const distinct = new Set(numbers);
  const first = numbers[0] ?? 0;
  const due = last + 1 - first;
  let lost = 0;
  for (const [index, stretch] of stretches.entries()) {
    const isOpen = index === stretches.length - 1;
    if (stretch.length > 0) lost += (isOpen ? last : stretch.at(-1)!) + 1 - stretch[0]! - new Set(stretch).size;
  }
  let highest = -1;
  let disordered = 0;
  // What comes once more is counted as that alone.
  for (const n of distinct) {
    if (n < highest) disordered++;
    highest = Math.max(highest, n);
  }
  return { due, lost, missed: due - distinct.size - lost, duplicated: numbers.length - distinct.size, disordered };
}
