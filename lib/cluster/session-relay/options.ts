import { isAbsolute } from 'node:path';
import { positive, RookeryError } from '../../shared/index.js';
import { checkAdvertised, longestAddress } from './address.js';

/** Where other nodes reach this one. */
export type RelayListenOptions =
  | {
      /** The address or the name of an interface that other nodes reach; not that of the public. */
      readonly host: string;
      /** @default any that is free: the session ids tell which. */
      readonly port?: number | undefined;
    }
  | {
      /** An absolute path, of a unix socket. */
      readonly path: string;
    };

/** Options of `sessionRelay()`. */
export interface SessionRelayOptions {
  /** What all nodes share, and nobody else knows: 32 bytes or characters at least. This one, or `secrets`. */
  readonly secret?: string | Uint8Array | undefined;
  /** Several, for a change of secrets: the first one signs, all are accepted. */
  readonly secrets?: readonly (string | Uint8Array)[] | undefined;
  /**
   * Where other nodes reach this one: a host of an internal network, or a unix socket where all are on one machine.
   *
   * @default a unix socket in a temporary folder of its own
   */
  readonly listen?: RelayListenOptions | undefined;
  /**
   * The host that other nodes reach this one by, with or without `:port`, where it is not that of `listen`.
   *
   * @default the host of `listen`, which is not to be `0.0.0.0` or `::` then
   */
  readonly address?: string | undefined;
  /** How long a connection to another node may take, in milliseconds; then its session is unknown. @default 2_000 */
  readonly connectTimeout?: number | undefined;
  /** How many requests and upgrades may be on their way to one node at a time; more get 503. @default 4_096 */
  readonly maxConnectionsPerNode?: number | undefined;
}

/** Options with every default filled in. */
export interface ResolvedRelayOptions {
  readonly secrets: readonly Uint8Array[];
  /** `undefined` for a unix socket in a temporary folder. */
  readonly listen: RelayListenOptions | undefined;
  readonly address: string | undefined;
  readonly connectTimeout: number;
  readonly maxConnectionsPerNode: number;
}

const fewestSecretBytes = 32;
const wildcards = new Set(['0.0.0.0', '::', '']);

/** @throws RookeryError `INVALID_OPTION` for a value that cannot work. */
export function resolveRelayOptions(options: SessionRelayOptions): ResolvedRelayOptions {
  const { connectTimeout = 2_000, maxConnectionsPerNode = 4_096 } = options;
  return {
    secrets: secretsOf(options),
    listen: listenOf(options),
    address: options.address,
    connectTimeout: positive('sessionRelay: connectTimeout', connectTimeout),
    maxConnectionsPerNode: positive('sessionRelay: maxConnectionsPerNode', maxConnectionsPerNode),
  };
}

function secretsOf({ secret, secrets }: SessionRelayOptions): Uint8Array[] {
  if ((secret === undefined) === (secrets === undefined)) throw invalid('takes either secret or secrets');
  const all: readonly unknown[] = secrets ?? [secret];
  if (!Array.isArray(all) || all.length === 0) throw invalid('secrets is a list of one or more');
  return all.map((each) => {
    const isSecret = typeof each === 'string' || each instanceof Uint8Array;
    const bytes = isSecret ? Buffer.from(each as string) : Buffer.alloc(0);
    // Which one it is must not be told by an error message.
    if (bytes.length < fewestSecretBytes)
      throw invalid(`a secret has ${fewestSecretBytes} bytes or characters at least`);
    return bytes;
  });
}

function listenOf({ listen, address }: SessionRelayOptions): RelayListenOptions | undefined {
  if (listen === undefined || 'path' in listen) {
    if (address !== undefined) throw invalid('address goes with a host to listen on');
    if (listen === undefined) return undefined;
    const { path } = listen as { path: unknown };
    const isUsable = typeof path === 'string' && isAbsolute(path) && Buffer.byteLength(path) <= longestAddress;
    if (!isUsable)
      throw invalid(`listen.path is an absolute path of ${longestAddress} bytes at most, not ${String(path)}`);
    return listen;
  }
  const { host, port = 0 } = listen;
  if (typeof host !== 'string') throw invalid(`listen has a host or a path, not ${JSON.stringify(listen)}`);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw invalid(`listen.port is a port, not ${String(port)}`);
  if (address === undefined && wildcards.has(host)) {
    throw invalid(`listen.host ${JSON.stringify(host)} is every interface: set address to the host that nodes reach`);
  }
  checkAdvertised(address ?? host);
  return listen;
}

function invalid(what: string): RookeryError {
  return new RookeryError('INVALID_OPTION', `sessionRelay: ${what}`);
}
