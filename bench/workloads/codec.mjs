const event = 2;
const note = { id: 42, author: 'someone', text: 'hello, this is a note', tags: ['one', 'two'], seen: false };

function codec(name, title, data) {
  return {
    name,
    title,
    operation: 'packet',
    servers: ['codec-official', 'codec-ours'],
    busy: 0.8,
    packet: { type: event, nsp: '/', id: 7, data },
    measure: ({ server, warmup, duration }) => server.measureWork({ warmup, duration }),
  };
}

/** @type {readonly import('./index.mjs').Workload[]} */
export const codecWorkloads = [
  codec('codec', 'Encode and decode an event, in process', ['note', note]),
  codec('codec-binary', 'Encode and decode an event with 256 bytes, in process', ['note', note, Buffer.alloc(256, 7)]),
];
