/**
 * What can be measured: how it is called, and the module whose `start(workload)` runs it.
 *
 * @typedef {object} Running
 * @property {number} port
 * @property {{ operations: number }} counters what the application of the workload counts.
 * @property {() => number} work one piece of work without a client; returns how many operations it was.
 */
export const implementations = {
  official: { title: 'socket.io', load: () => import('./official.mjs') },
  ours: { title: 'rookery', load: () => import('./ours.mjs') },
  'ours-recovery': {
    title: 'with `connectionStateRecovery`',
    load: () => loadOursWith({ connectionStateRecovery: {} }),
  },
  'ours-deflate': {
    title: 'with `perMessageDeflate: { serverNoContextTakeover: true }`',
    load: () => loadOursWith({ perMessageDeflate: { serverNoContextTakeover: true } }),
  },
  'ours-deflate-context': {
    title: 'with `perMessageDeflate: true`',
    load: () => loadOursWith({ perMessageDeflate: true }),
  },
  'ours-event-rate': {
    title: 'with an `eventRate` that nobody reaches',
    load: () => loadOursWith({ eventRate: { perSecond: 1e6, burst: 1e6 } }),
  },
  'ours-strict': {
    title: "with `security: 'strict'`",
    load: () => loadOursWith({ security: 'strict' }),
  },
  'ours-http-uncompressed': {
    title: 'with `httpCompression: false`',
    load: () => loadOursWith({ httpCompression: false }),
  },
  'raw-ws': { title: 'raw ws', load: () => import('./raw-ws.mjs') },
  'raw-tcp': { title: 'raw TCP', load: () => import('./raw-tcp.mjs') },
  'nest-official': { title: '@nestjs/platform-socket.io', load: () => import('./nest-official.mjs') },
  'nest-drop-in': { title: 'rookery, @nestjs/websockets gateway', load: () => import('./nest-drop-in.mjs') },
  'nest-ours': { title: 'rookery gateway', load: () => import('./nest-ours.mjs') },
  'codec-official': { title: 'socket.io-parser', load: () => import('./codec-official.mjs') },
  'codec-ours': { title: 'rookery/protocol', load: () => import('./codec-ours.mjs') },
};

async function loadOursWith(options) {
  const { oursWith } = await import('./ours-with.mjs');
  return oursWith(options);
}
