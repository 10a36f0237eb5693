import { randomBytes, randomInt } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SessionSeal } from '../../lib/cluster/session-relay/session-seal.js';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const secret = (): Buffer => randomBytes(32);

describe('the seal of session ids', () => {
  it('carries the address of the owner, which nobody reads without the secret', () => {
    const seal = new SessionSeal([secret()]);
    for (const address of ['10.0.0.7:7001', '[fd00::7]:7001', '/tmp/rookery-AbCdEf/relay', `/${'x'.repeat(106)}`]) {
      const id = seal.seal(address);
      expect(id).toMatch(/^[\w-]{67,195}$/);
      expect(Buffer.from(id, 'base64url').toString('latin1')).not.toContain(address.slice(1, 6));
      expect(seal.open(id)).toBe(address);
    }
  });

  it('makes ids of 144 random bits that have nothing in common', () => {
    const seal = new SessionSeal([secret()]);
    const ids = Array.from({ length: 1_000 }, () => seal.seal('10.0.0.7:7001'));
    expect(new Set(ids.map((id) => id.slice(0, 24))).size).toBe(ids.length);
    // Each of the 192 bits of the id's random part and the part behind it is now 0, now 1.
    const bytes = ids.map((id) => Buffer.from(id, 'base64url'));
    for (let bit = 0; bit < 18 * 8 + 16 * 8; bit++) {
      const set = bytes.filter((each) => (each[bit >> 3]! >> (bit & 7)) & 1).length;
      expect(set).toBeGreaterThan(350);
      expect(set).toBeLessThan(650);
    }
    // Of addresses of different length, too.
    expect(seal.seal('10.0.0.7:7001')).toHaveLength(seal.seal('1.1.1.1:1').length);
  });

  it('opens no id that is changed, cut, grown, spelled otherwise, or made with another secret', () => {
    const seal = new SessionSeal([secret()]);
    const id = seal.seal('10.0.0.7:7001');
    for (let at = 0; at < id.length; at++) {
      for (const other of [...alphabet].filter((each) => each !== id[at])) {
        expect(seal.open(id.slice(0, at) + other + id.slice(at + 1))).toBeUndefined();
      }
      expect(seal.open(id.slice(0, at))).toBeUndefined();
      expect(seal.open(id.slice(at + 1))).toBeUndefined();
    }
    expect(seal.open(`${id}=`)).toBeUndefined();
    expect(seal.open(`${id}A`)).toBeUndefined();
    expect(seal.open(id + id)).toBeUndefined();
    expect(seal.open(new SessionSeal([secret()]).seal('10.0.0.7:7001'))).toBeUndefined();
    for (let run = 0; run < 2_000; run++) {
      expect(seal.open(randomBytes(randomInt(0, 160)).toString('base64url'))).toBeUndefined();
    }
    expect(seal.open('__proto__')).toBeUndefined();
    expect(seal.open(`${'é'.repeat(40)}`)).toBeUndefined();
  });

  it('makes ids with the first secret, and opens those of all', () => {
    const [before, after] = [secret(), secret()];
    const [old, changing, done] = [[before], [after, before], [after]].map((secrets) => new SessionSeal(secrets));
    const oldId = old!.seal('10.0.0.7:7001');
    const newId = changing!.seal('10.0.0.8:7001');
    expect(changing!.open(oldId)).toBe('10.0.0.7:7001');
    expect(changing!.open(newId)).toBe('10.0.0.8:7001');
    expect(done!.open(newId)).toBe('10.0.0.8:7001');
    expect(old!.open(newId)).toBeUndefined();
    expect(done!.open(oldId)).toBeUndefined();
  });
});
