import { connect, createServer, type AddressInfo, type Server as TcpServer, type Socket as TcpSocket } from 'node:net';

/** What a connection carries, by its last request: a poll and a post may share one, one after the other. */
export type Carried = 'poll' | 'post' | 'websocket';
/** From the client, or to it. */
export type Direction = 'up' | 'down';

/** One direction of one connection: its pieces never overtake each other. */
class Lane {
  /** Whether pieces are kept until they are released. */
  isHeld = false;
  readonly #to: TcpSocket;
  readonly #queue: { readonly piece: Buffer; readonly due: number }[] = [];
  #due = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(to: TcpSocket) {
    this.#to = to;
  }

  get isWaiting(): boolean {
    return this.#queue.length > 0;
  }

  /** @param delay how long the piece is held at least, @param pace how long it takes behind what came before; in ms. */
  push(piece: Buffer, delay: number, pace: number): void {
    const now = performance.now();
    this.#due = Math.max(this.#due, now + delay) + pace;
    this.#queue.push({ piece, due: this.#due });
    this.#pump();
  }

  /** Lets out what was kept; returns how many pieces. */
  release(): number {
    this.isHeld = false;
    const { length } = this.#queue;
    this.#pump();
    return length;
  }

  #pump(): void {
    clearTimeout(this.#timer);
    while (!this.isHeld && this.#queue.length > 0) {
      const { piece, due } = this.#queue[0]!;
      const remaining = due - performance.now();
      if (remaining > 0) {
        this.#timer = setTimeout(() => this.#pump(), Math.ceil(remaining));
        return;
      }
      this.#queue.shift();
      this.#to.write(piece);
    }
  }
}

/** One connection of a client, and its other half to the server. */
class Link {
  readonly near: TcpSocket;
  readonly far: TcpSocket;
  readonly lanes: Readonly<Record<Direction, Lane>>;
  carried: Carried = 'poll';
  /** Whether the end of one half is not that of the other. */
  isSevered = false;

  constructor(near: TcpSocket, far: TcpSocket) {
    this.near = near;
    this.far = far;
    this.lanes = { up: new Lane(far), down: new Lane(near) };
  }

  end(): void {
    this.near.resetAndDestroy();
    this.far.resetAndDestroy();
  }
}

/** A TCP proxy that does harm to what it carries. */
export class HarmfulProxy {
  /** How long a piece is held, in milliseconds. */
  delayOf: (carried: Carried, direction: Direction) => number = () => 0;
  /** How many bytes a millisecond has, on each connection and in each direction. */
  rate = Infinity;
  /** How often a piece has come through while one of another connection, which was there before, had not. */
  overtakings = 0;
  /** How many pieces have reached the server after their client's connection was gone. */
  latecomers = 0;
  readonly #links = new Set<Link>();
  readonly #server: TcpServer;

  constructor(port: number) {
    this.#server = createServer((near) => this.#carry(new Link(near, connect(port, '127.0.0.1'))));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ends every connection at once. */
  cut(): void {
    for (const link of this.#links) link.end();
  }

  /** Nothing comes through any more, either way, and nobody is told; new connections work. */
  forget(): void {
    for (const { near, far } of this.#links) for (const each of [near, far]) each.removeAllListeners('data').resume();
  }

  /**
   * Ends every connection for the client; what it sends until then reaches the server after what it sends on the next ones.
   *
   * @param before how long the connections still take something, @param after how long it is kept then; in milliseconds.
   */
  delayTheLast(before: number, after: number): void {
    const links = [...this.#links];
    for (const link of links) {
      link.isSevered = true;
      link.lanes.up.isHeld = true;
    }
    setTimeout(() => {
      for (const { near } of links) near.resetAndDestroy();
    }, before);
    setTimeout(() => {
      for (const { far, lanes } of links) {
        this.latecomers += lanes.up.release();
        far.end();
      }
    }, before + after);
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #carry(link: Link): void {
    this.#links.add(link);
    const { near, far } = link;
    this.#pass(link, near, far, 'up');
    this.#pass(link, far, near, 'down');
  }

  #pass(link: Link, from: TcpSocket, to: TcpSocket, direction: Direction): void {
    const lane = link.lanes[direction];
    from.on('data', (piece: Buffer) => {
      if (direction === 'up') link.carried = carriedBy(piece) ?? link.carried;
      lane.push(piece, this.delayOf(link.carried, direction), piece.length / this.rate);
      if (!lane.isWaiting && this.#isAnyWaiting(link)) this.overtakings++;
    });
    from.on('error', () => {});
    from.on('close', () => {
      if (link.isSevered && from === link.near) return;
      this.#links.delete(link);
      to.destroy();
    });
  }

  #isAnyWaiting(beside: Link): boolean {
    for (const link of this.#links) {
      if (link !== beside && (link.lanes.up.isWaiting || link.lanes.down.isWaiting)) return true;
    }
    return false;
  }
}

/** What a request is for; `undefined` where a piece begins with none. */
function carriedBy(piece: Buffer): Carried | undefined {
  const line = piece.toString('latin1', 0, 200);
  if (line.startsWith('POST ')) return 'post';
  if (!line.startsWith('GET ')) return undefined;
  return line.includes('transport=websocket') ? 'websocket' : 'poll';
}
