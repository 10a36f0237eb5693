import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AttachOptions } from './options.js';

/** What an HTTP server's requests for the engine's path are handed to. */
export interface HttpEndpoint {
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): unknown;
}

/**
 * Serves one path of an HTTP server.
 *
 * Requests for the path never reach the server's other listeners, those added later included, so that each is
 * answered once; requests for any other path never reach the engine.
 *
 * @returns a function that gives the path back.
 */
export function attachToHttpServer(
  server: HttpServer,
  endpoint: HttpEndpoint,
  hasUpgrades: boolean,
  options: AttachOptions,
): () => void {
  const isOurs = createPathTest(options);
  const { destroyUpgrade = true, destroyUpgradeTimeout = 1_000, claimRequests: claims = true } = options;

  const handle = (request: IncomingMessage, response: ServerResponse): void =>
    endpoint.handleRequest(request, response);
  const release = claims ? claimRequests(server, isOurs, handle) : noOperation;
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (isOurs(request.url)) {
      endpoint.handleUpgrade(request, socket, head);
      return;
    }
    // On foreign paths too: without a listener, a reset would end the process.
    socket.on('error', noOperation);
    if (destroyUpgrade) endUnanswered(socket, destroyUpgradeTimeout);
  };
  if (hasUpgrades) server.on('upgrade', onUpgrade);
  const onClose = (): void => void endpoint.close();
  server.on('close', onClose);

  return () => {
    server.off('upgrade', onUpgrade);
    server.off('close', onClose);
    release();
  };
}

/**
 * Takes the requests for some URLs away from the listeners of an HTTP server, those added later included.
 *
 * @returns a function that gives them back.
 */
export function claimRequests(
  server: HttpServer,
  isOurs: (url: string | undefined) => boolean,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): () => void {
  // An own property, so that the listeners of other paths stay where their owners can find them.
  const emit = server.emit as (...args: unknown[]) => boolean;
  let isReleased = false;
  const emitOthers = (event: string, ...args: unknown[]): boolean => {
    if (isReleased || event !== 'request' || !isOurs((args[0] as IncomingMessage).url)) {
      return emit.call(server, event, ...args);
    }
    handle(args[0] as IncomingMessage, args[1] as ServerResponse);
    return true;
  };
  server.emit = emitOthers as HttpServer['emit'];
  // An HTTP/2 server makes requests only once somebody has listened to them.
  server.on('request', noOperation).off('request', noOperation);
  return () => {
    isReleased = true;
    // Somebody else may have wrapped it since; then it only passes on.
    if (server.emit === emitOthers) server.emit = emit as HttpServer['emit'];
  };
}

/** Builds the test for the engine's path: the path itself, with nothing but a query behind it. */
export function createPathTest(options: AttachOptions): (url: string | undefined) => boolean {
  const { path = '/engine.io', addTrailingSlash = true } = options;
  const bare = path.endsWith('/') ? path.slice(0, -1) : path;
  const slashed = `${bare}/`;
  return (url) => {
    if (url === undefined) return false;
    const mark = url.indexOf('?');
    const pathname = mark === -1 ? url : url.slice(0, mark);
    return pathname === slashed || (!addTrailingSlash && pathname === bare);
  };
}

/** Ends an upgrade that no other listener has answered in time. */
function endUnanswered(socket: Duplex, timeout: number): void {
  const timer = setTimeout(() => {
    const { bytesWritten } = socket as { bytesWritten?: number };
    // Whole: a peer that keeps its half open keeps nothing.
    if ((bytesWritten ?? 0) <= 0) socket.destroy();
  }, timeout);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
}

function noOperation(): void {}
