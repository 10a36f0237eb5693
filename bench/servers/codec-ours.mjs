import { Decoder, Encoder } from 'rookery/protocol';

export function start({ packet }) {
  const encoder = new Encoder();
  const decoder = new Decoder();
  return {
    counters: { operations: 0 },
    work() {
      for (let count = 0; count < 1_000; count++) {
        let decoded;
        for (const part of encoder.encode(packet)) decoded = decoder.push(part);
        if (decoded.data[0] !== packet.data[0]) throw new Error('Decoded wrong');
      }
      return 1_000;
    },
  };
}
