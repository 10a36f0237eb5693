import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { addressGroup, clientAddress } from '../../lib/engine/client-address.js';

function requestFrom(remoteAddress: string, forwarded?: string): IncomingMessage {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
}

describe("a client's address", () => {
  it.each([
    ['without a proxy, whatever it says', 0, '1.1.1.1', '10.0.0.9'],
    ['what the one proxy saw', 1, '1.1.1.1', '1.1.1.1'],
    ['what the one proxy saw, not what the client says', 1, '9.9.9.9, 1.1.1.1', '1.1.1.1'],
    ['what the outer of two proxies saw', 2, '9.9.9.9, 1.1.1.1, 10.0.0.2', '1.1.1.1'],
    ['the leftmost, when a proxy is missing', 3, '1.1.1.1, 10.0.0.2', '1.1.1.1'],
    ['an IPv6 address', 1, ' 2001:db8::7 ', '2001:db8::7'],
    ['that of the connection, when the entry is no address', 1, 'unknown', '10.0.0.9'],
    ['that of the connection, when the entry is empty', 1, '1.1.1.1,', '10.0.0.9'],
    ['that of the connection, when nothing was written', 1, undefined, '10.0.0.9'],
  ])('is %s', (_name, trusted, forwarded, expected) => {
    expect(clientAddress(requestFrom('10.0.0.9', forwarded), trusted)).toBe(expected);
  });

  it('is empty where a request has no connection', () => {
    expect(clientAddress({ headers: {} } as IncomingMessage, 0)).toBe('');
  });
});

describe('a group of addresses', () => {
  it.each([
    ['1.2.3.4', '1.2.3.4'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['2001:db8:1:2:3:4:5.6.7.8', '2001:db8:1:2::/64'],
    ['64:ff9b::1.2.3.4', '64:ff9b:0:0::/64'],
    ['1::', '1:0:0:0::/64'],
    ['', ''],
  ])('of %s is %s', (address, group) => {
    expect(addressGroup(address)).toBe(group);
  });
});
