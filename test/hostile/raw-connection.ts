import { once } from 'node:events';
import { connect, type Socket as TcpSocket } from 'node:net';

/** Longest wait for anything a server has to say: far above what it needs, so that only silence runs into it. */
export const patience = 12_000;

/** A TCP connection that sends what it is told to, and keeps what comes back. */
export class RawConnection {
  /** The server has ended its half, or the whole of it. */
  isEnded = false;
  /** How many bytes the server has sent. */
  bytesIn = 0;
  readonly #socket: TcpSocket;
  #chunks: Buffer[] = [];
  readonly #looks = new Set<() => void>();

  private constructor(socket: TcpSocket) {
    this.#socket = socket;
    this.port = socket.localPort!;
    const change = (): void => {
      for (const look of this.#looks) look();
    };
    const end = (): void => {
      this.isEnded = true;
      change();
    };
    socket.on('data', (chunk: Buffer) => {
      this.bytesIn += chunk.length;
      this.#chunks.push(chunk);
      change();
    });
    socket.on('end', end);
    socket.on('close', end);
    socket.on('error', end);
  }

  /** Connects; it does not end because the server does. */
  static async open(port: number): Promise<RawConnection> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  /** By which the server knows it. */
  readonly port: number;

  /** How many bytes the server has been sent, or will be. */
  get bytesOut(): number {
    return this.#socket.bytesWritten;
  }

  get received(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  /** Takes what was received so far. */
  take(): Buffer {
    const { received } = this;
    this.#chunks = [];
    return received;
  }

  write(bytes: string | Buffer): void {
    if (!this.#socket.destroyed) this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Reads nothing any more. */
  pause(): void {
    this.#socket.pause();
  }

  /** Resolves once everything written has left, or the connection is gone. */
  async flushed(): Promise<void> {
    while (this.#socket.writableLength > 0 && !this.#socket.destroyed) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Says that nothing more will come; still reads. */
  end(): void {
    this.#socket.end();
  }

  /** Ends it as a client does that vanishes: with a reset. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** @returns whether it came true, in time. */
  until(condition: () => boolean, longest = patience): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const finish = (isTrue: boolean): void => {
        clearTimeout(timer);
        this.#looks.delete(look);
        resolve(isTrue);
      };
      const look = (): void => void (condition() && finish(true));
      const timer = setTimeout(() => finish(false), longest);
      this.#looks.add(look);
    });
  }
}
