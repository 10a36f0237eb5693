import { describe, expect, it } from '@jest/globals';
import { Decoder, decodePacket, decodePayload, Encoder, v3 } from '../../lib/protocol/index.js';
import { reasonOf } from './parse.js';

/** The least time of several runs that the processor worked for it, in milliseconds: what others do meanwhile is not in it. */
function leastTime(run: () => void): number {
  let least = Infinity;
  for (let round = 0; round < 7; round++) {
    const start = process.cpuUsage();
    reasonOf(run);
    const { user, system } = process.cpuUsage(start);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

const encoder = new Encoder();
const decoder = (): Decoder => new Decoder({ maxAttachments: Number.MAX_SAFE_INTEGER });

// Each builds an input of about `size` characters, outside of what is measured.
const shapes: Record<string, (size: number) => () => void> = {
  'a long run of attachment digits': (size) => with_(`5${'1'.repeat(size)}-["a"]`),
  'a long ack id': (size) => with_(`2${'1'.repeat(size)}["a"]`),
  'a long namespace': (size) => with_(`2/${'a'.repeat(size)},["a"]`),
  'a namespace without an end': (size) => with_(`2/${'a'.repeat(size)}`),
  'deep JSON': (size) => with_(`2["a",${'['.repeat(size / 2)}${']'.repeat(size / 2)}]`),
  'unclosed JSON': (size) => with_(`2${'['.repeat(size)}`),
  'many placeholders': (size) => {
    const count = size / 30;
    const wire = `5${count}-["a"${Array.from({ length: count }, (_, num) => `,{"_placeholder":true,"num":${num}}`).join('')}]`;
    const bytes = Buffer.alloc(1);
    return () => {
      const one = decoder();
      one.push(wire);
      for (let num = 0; num < count; num++) one.push(bytes);
    };
  },
  'many brackets that are not deep': (size) => with_(`2["a"${',[]'.repeat(size / 3)}]`),
  'texts full of escapes among brackets': (size) =>
    with_(`2["a",${'['.repeat(65)}"${'\\\\\\"'.repeat(size / 4)}"${']'.repeat(65)}]`),
  'a text that never ends': (size) => with_(`2${'['.repeat(65)}"${'\\'.repeat(size)}`),
  'names of prototypes': (size) => with_(`2["a"${',{"__proto__":1}'.repeat(size / 16)}]`),
  'what begins like the name of a prototype': (size) => with_(`2["a","${'\\u005f'.repeat(size / 6)}"]`),
  'a number of many digits': (size) => with_(`2["a",${'9'.repeat(size)}]`),
  'a fraction of many digits': (size) => with_(`2["a",0.${'9'.repeat(size)}e-9]`),
  'a payload of many packets': (size) => {
    const payload = '4a\x1e'.repeat(size / 3) + '4a';
    return () => [...decodePayload(payload)];
  },
  'base64 that ends badly': (size) => {
    const wire = `b${'A'.repeat(size)}*`;
    return () => decodePacket(wire);
  },
  'a revision 3 payload of many packets': (size) => {
    const payload = '2:4a'.repeat(size / 4);
    return () => [...v3.decodePayload(payload)];
  },
  'a revision 3 length without an end': (size) => {
    const payload = '1'.repeat(size);
    return () => [...v3.decodePayload(payload)];
  },
  'encoding a wide value': (size) => {
    const data = ['a', Array.from({ length: size / 10 }, (_, index) => ({ index }))];
    return () => encoder.encode({ type: 2, nsp: '/', data });
  },
};

function with_(wire: string): () => void {
  return () => decoder().push(wire);
}

describe('the time that an input takes', () => {
  it.each(Object.entries(shapes))('grows no faster than its length: %s', (_name, build) => {
    const runSmall = build(60_000);
    const runLarge = build(600_000);
    // Ten times the length: about 10 when linear, 100 when quadratic. Short times are all noise, hence the floor; a busy
    // machine adds to single measurements but never makes a quadratic one look linear, hence the further attempts.
    let growth = Infinity;
    for (let attempt = 0; attempt < 8 && growth >= 45; attempt++) {
      growth = Math.min(growth, leastTime(runLarge) / Math.max(leastTime(runSmall), 0.2));
    }
    expect(growth).toBeLessThan(45);
  });
});
