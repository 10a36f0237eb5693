import { Decoder, Encoder } from 'socket.io-parser';

export function start({ packet }) {
  const encoder = new Encoder();
  const decoder = new Decoder();
  let decoded;
  decoder.on('decoded', (value) => (decoded = value));
  return {
    counters: { operations: 0 },
    work() {
      for (let count = 0; count < 1_000; count++) {
        decoded = undefined;
        for (const part of encoder.encode(packet)) decoder.add(part);
        if (decoded.data[0] !== packet.data[0]) throw new Error('Decoded wrong');
      }
      return 1_000;
    },
  };
}
