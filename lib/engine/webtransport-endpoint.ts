import { ServerResponse, type IncomingMessage } from 'node:http';
import type { EnginePacket } from '../protocol/index.js';
import { syntheticRequest } from './synthetic-request.js';
import {
  readPackets,
  WebTransportTransport,
  type WebTransportSession,
  type WebTransportStream,
} from './transport/webtransport.js';
import { detached, type Transport } from './transport/transport.js';

/** What sessions of WebTransport are handed to. */
export interface WebTransportEndpoint {
  readonly opts: {
    readonly upgradeTimeout: number;
    readonly maxHttpBufferSize: number;
    readonly onError: (error: unknown) => void;
  };
  /** Decides about a session that its client opens: one of the two is called, once. */
  admitWebTransport(
    request: IncomingMessage,
    response: ServerResponse,
    accept: (id: string) => void,
    refuse: () => void,
  ): void;
  openWebTransport(id: string, transport: Transport, request: IncomingMessage): void;
  /** Changes a session over to the transport, or closes it. */
  upgradeToWebTransport(sid: string, transport: Transport, request: IncomingMessage, response: ServerResponse): void;
}

/**
 * Takes a session: its first stream, and on it the packet that opens a session or names the one to upgrade.
 *
 * Whatever goes wrong closes it, and nothing else.
 *
 * @param nascent holds it until it has said something, so that whoever closes the endpoint can close it.
 */
export async function acceptWebTransport(
  session: WebTransportSession,
  endpoint: WebTransportEndpoint,
  nascent: Set<WebTransportSession>,
): Promise<void> {
  const { upgradeTimeout, maxHttpBufferSize, onError } = endpoint.opts;
  const refuse = (): void => session.close();
  const timer = setTimeout(refuse, upgradeTimeout);
  const isBorn = (): void => {
    clearTimeout(timer);
    nascent.delete(session);
  };
  nascent.add(session);
  // Nobody else may be listening to a session that ends before it has begun.
  session.closed.catch(() => {}).finally(isBorn);
  const stream = await firstStream(session);
  if (stream === undefined) {
    isBorn();
    refuse();
    return;
  }

  let transport: WebTransportTransport | null = null;
  const onFirst = (packet: EnginePacket): void => {
    isBorn();
    if (packet.type !== 'open') {
      refuse();
      return;
    }
    const { url, headers, remoteAddress } = session;
    const request = syntheticRequest({ url, headers, remoteAddress }, 'webtransport', true);
    const opened = new WebTransportTransport(session, stream, request, detached, onError);
    transport = opened;
    const sid = sidOf(packet.data as string);
    if (sid === null) {
      opened.close(true);
    } else if (sid !== undefined) {
      endpoint.upgradeToWebTransport(sid, opened, request, new ServerResponse(request));
    } else {
      endpoint.admitWebTransport(
        request,
        new ServerResponse(request),
        (id) => endpoint.openWebTransport(id, opened, request),
        () => opened.close(true),
      );
    }
  };
  await readPackets(
    stream,
    maxHttpBufferSize,
    () => transport?.resumed,
    (packet) => (transport === null ? onFirst(packet) : transport.onPacket(packet)),
    (error) => (transport === null ? refuse() : transport.onEnd(error)),
  );
}

async function firstStream(session: WebTransportSession): Promise<WebTransportStream | undefined> {
  const reader = session.incomingBidirectionalStreams.getReader();
  try {
    return (await reader.read()).value;
  } catch {
    return undefined;
  } finally {
    reader.releaseLock();
  }
}

/** The session that an open packet names: `undefined` for a new one, `null` for what is no name. */
function sidOf(data: string): string | null | undefined {
  if (data === '') return undefined;
  try {
    const { sid } = JSON.parse(data) as { sid?: unknown };
    return typeof sid === 'string' ? sid : null;
  } catch {
    return null;
  }
}
