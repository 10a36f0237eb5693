import type { TransportOptions } from './transport/transport-options.js';

/** The part of a page's address that is used. */
interface PageLocation {
  readonly protocol: string;
  readonly host: string;
}

/** Where a URL leads: the server, and the namespace on it. */
export interface Address {
  /** Tells servers apart. */
  readonly origin: string;
  readonly hostname: string;
  readonly port: string;
  readonly secure: boolean;
  /** The path of the URL, which names the namespace. */
  readonly namespace: string;
  readonly query: string;
}

const grammar = /^(?:(https?|wss?):\/\/)?(?:[^/?#@]*@)?(\[[^\]]*\]|[^:/?#]*)(?::(\d+))?([^?#]*)\??([^#]*)/i;

/** The address of the page, where there is one. */
function pageLocation(): PageLocation | undefined {
  return (globalThis as { location?: PageLocation }).location;
}

/**
 * Reads a URL; what it lacks comes from the page, or is `https`.
 *
 * @param uri of `http`, `https`, `ws` or `wss`, without a scheme, or beginning with a slash: on the server of the page.
 */
export function parseAddress(uri: string): Address {
  const page = pageLocation();
  const scheme = page?.protocol ?? 'https:';
  const isPath = /^\/(?!\/)/.test(uri);
  const whole = isPath ? `${page?.host ?? 'localhost'}${uri}` : uri.replace(/^\/\//, '');
  const [, given, hostname = '', port, path, query = ''] = grammar.exec(whole)!;
  const secure = /^(https|wss)/i.test(given ?? scheme);
  const actualPort = port ?? (secure ? '443' : '80');
  return {
    origin: `${secure ? 'https' : 'http'}://${hostname}:${actualPort}`,
    hostname,
    port: actualPort,
    secure,
    namespace: path || '/',
    query,
  };
}

/** The URL of a server that is given by options, or of the page's. */
export function defaultUri(options: Pick<TransportOptions, 'hostname' | 'port' | 'secure'>): string {
  const { hostname, port, secure } = options;
  const page = pageLocation();
  const scheme = (secure ?? page?.protocol === 'https:') ? 'https' : 'http';
  return `${scheme}://${hostname ?? page?.host ?? 'localhost'}${port === undefined ? '' : `:${port}`}`;
}
