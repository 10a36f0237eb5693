import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What stands before the nodes: each connection goes to the next of them that takes it. */
export class Balancer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #ports: number[] = [];
  #turn = 0;

  private constructor() {
    // Answers may still come when a client has said its last.
    this.#server = createServer((client) => this.#lead(client, this.#ports.length));
  }

  static async start(): Promise<Balancer> {
    const balancer = new Balancer();
    balancer.#server.listen(0, '127.0.0.1');
    await once(balancer.#server, 'listening');
    return balancer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  add(url: string): void {
    this.#ports.push(Number(new URL(url).port));
  }

  /** The node is gone; until then it is offered connections, whatever state it is in. */
  remove(url: string): void {
    this.#ports = this.#ports.filter((port) => port !== Number(new URL(url).port));
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #lead(client: Socket, tries: number): void {
    const port = this.#ports[this.#turn++ % this.#ports.length];
    if (tries <= 0 || port === undefined) {
      client.destroy();
      return;
    }
    client.on('error', ignore);
    const node = connect(port, '127.0.0.1');
    const tryNext = (): void => this.#lead(client, tries - 1);
    node.once('error', tryNext);
    node.once('connect', () => {
      node.off('error', tryNext);
      node.on('error', ignore);
      this.#join(client, node);
      this.#join(node, client);
    });
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.once('close', () => {
      this.#sockets.delete(from);
      to.destroySoon();
    });
    if (from.destroyed) to.destroy();
    else from.pipe(to);
  }
}

function ignore(): void {}
