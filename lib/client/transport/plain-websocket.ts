import { enginePacketTypes, type EnginePacket } from '../../protocol/index.js';
import { Transport, type OutgoingPacket } from './transport.js';

/** What is used of the platform's WebSocket. */
export interface WebSocketLike {
  binaryType: string;
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: unknown) => void) | null;
  onerror: ((event: unknown) => void) | null;
  send(data: string | Uint8Array): void;
  close(): void;
}

/** WebSocket, by the platform's class; bytes travel as bytes. */
export class PlainWebSocketTransport extends Transport {
  static override readonly transportName: string = 'websocket';
  #socket: WebSocketLike | undefined;

  /** Makes the connection. */
  protected connect(url: string): WebSocketLike {
    const { WebSocket } = globalThis as unknown as {
      WebSocket: new (url: string, protocols?: string | string[]) => WebSocketLike;
    };
    const socket = new WebSocket(url, this.options.protocols);
    socket.binaryType = this.options.binaryType ?? 'arraybuffer';
    return socket;
  }

  /** Sends one message. */
  protected sendMessage(socket: WebSocketLike, data: string | Uint8Array, _packet: OutgoingPacket): void {
    socket.send(data);
  }

  /** Writes one packet. */
  protected encode({ type, data }: EnginePacket): string | Uint8Array {
    return typeof data === 'string' ? enginePacketTypes.indexOf(type) + data : data;
  }

  /** Reads one packet. @throws Error for an unknown type. */
  protected decode(data: string | Uint8Array): EnginePacket {
    if (typeof data !== 'string') return { type: 'message', data };
    const type = enginePacketTypes[Number(data[0])];
    if (type === undefined) throw new Error('invalid packet');
    return { type, data: data.slice(1) };
  }

  protected override start(): void {
    try {
      const socket = this.connect(this.url('ws', this.options.timestampRequests === true));
      this.#socket = socket;
      socket.onopen = () => this.opened();
      socket.onmessage = ({ data }) => this.received(() => this.decode(data as string));
      socket.onclose = (event) => this.ended('websocket connection closed', event);
      socket.onerror = (event) => this.fail('websocket error', event);
    } catch (error) {
      queueMicrotask(() => this.fail('websocket error', error));
    }
  }

  protected override write(packets: readonly OutgoingPacket[]): void {
    for (const packet of packets) {
      this.sendMessage(this.#socket!, this.encode(packet), packet);
    }
    queueMicrotask(() => this.drained());
  }

  protected override release(): void {
    this.#socket?.close();
  }
}
