import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What stands between clients and nodes, and may lead them from one node to another. */
export class Reroute {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port: number | undefined;
  #isFrozen = false;

  private constructor() {
    this.#server = createServer((client) => this.#onConnection(client));
  }

  static async start(): Promise<Reroute> {
    const reroute = new Reroute();
    reroute.#server.listen(0, '127.0.0.1');
    await once(reroute.#server, 'listening');
    return reroute;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Leads those that come from now on to a node. */
  lead(url: string): void {
    this.#port = Number(new URL(url).port);
  }

  /** Cuts every connection, and lets nobody through until `lead` is called again. */
  cut(): void {
    this.#port = undefined;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Keeps every connection, also those that come, and lets nothing through until `resume`. */
  freeze(): void {
    this.#isFrozen = true;
    for (const socket of this.#sockets) socket.pause();
  }

  resume(): void {
    this.#isFrozen = false;
    for (const socket of this.#sockets) socket.resume();
  }

  async stop(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #onConnection(client: Socket): void {
    if (this.#port === undefined) {
      client.destroy();
      return;
    }
    const node = connect(this.#port, '127.0.0.1');
    for (const [socket, other] of [
      [client, node],
      [node, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
      if (this.#isFrozen) socket.pause();
    }
  }
}
