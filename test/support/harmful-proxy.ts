import { connect, createServer, type AddressInfo, type Server as TcpServer, type Socket as TcpSocket } from 'node:net';

/** A TCP proxy that does harm to what it carries. */
export class HarmfulProxy {
  /** How long each piece is held, in milliseconds. */
  delay = 0;
  readonly #pairs = new Set<readonly [TcpSocket, TcpSocket]>();
  readonly #server: TcpServer;

  constructor(port: number) {
    this.#server = createServer((near) => {
      const far = connect(port, '127.0.0.1');
      const pair = [near, far] as const;
      this.#pairs.add(pair);
      for (const [from, to] of [pair, [far, near] as const]) {
        // Pieces of one connection never overtake each other.
        let last = 0;
        from.on('data', (piece: Buffer) => {
          last = Math.max(last, performance.now() + this.delay);
          const held = last - performance.now();
          if (held <= 0) to.write(piece);
          else setTimeout(() => to.write(piece), held);
        });
        from.on('error', () => to.destroy());
        from.on('close', () => {
          this.#pairs.delete(pair);
          to.destroy();
        });
      }
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ends every connection at once. */
  cut(): void {
    for (const [near, far] of this.#pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  }

  /** Nothing comes through any more, and nobody is told; new connections work. */
  forget(): void {
    for (const pair of this.#pairs) for (const each of pair) each.removeAllListeners('data').resume();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }
}
