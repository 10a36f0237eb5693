import type { TransportOptions } from '../transport/transport-options.js';
import { jarOf } from './cookie-jar.js';

const passedOn = [
  'agent',
  'pfx',
  'key',
  'passphrase',
  'cert',
  'ca',
  'ciphers',
  'rejectUnauthorized',
  'localAddress',
] as const;

/** What every connection of Node takes: the agent, TLS, and the headers with the cookies that are kept. */
export function requestOptions(options: TransportOptions, owner: TransportOptions): Record<string, unknown> {
  const cookie = jarOf(owner)?.header();
  const taken: Record<string, unknown> = {
    headers: { ...options.extraHeaders, ...(cookie ? { cookie } : undefined) },
  };
  for (const name of passedOn) if (options[name] !== undefined && options[name] !== false) taken[name] = options[name];
  if (options.rejectUnauthorized === false) taken['rejectUnauthorized'] = false;
  return taken;
}
