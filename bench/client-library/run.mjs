// What a client on Node takes of its processor, beside the published one; see README.md.
import { parseArgs } from 'node:util';
import { startChild } from '../harness/child.mjs';
import { ratios, summarize } from '../harness/statistics.mjs';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, share: { type: 'string', default: '1' } },
});
const [rounds, share] = [Number(values.rounds), Number(values.share)];
if (!(rounds >= 1) || !(share > 0)) throw new Error('--rounds is a number from 1, --share one above 0');

const libraries = { ours: 'rookery/client', published: 'socket.io-client' };
const counts = { connect: 300, ask: 5_000, receive: 50_000, 'receive-binary': 20_000, send: 50_000 };
const figures = new Map();
const keep = (name, side, figure) => {
  const sides = figures.get(name) ?? { ours: [], published: [] };
  sides[side].push(figure);
  figures.set(name, sides);
};

for (let round = 0; round < rounds; round++) {
  // Each begins with the other one.
  const sides = round % 2 === 0 ? ['ours', 'published'] : ['published', 'ours'];
  for (const side of sides) await measure(side);
}
console.log('operation         ours µs   published µs   ratio [range]');
for (const [name, { ours, published }] of figures) {
  const ratio = ratios(ours, published);
  const columns = [summarize(ours), summarize(published)].map(({ median }) => median.toFixed(2));
  const range = `${ratio.median.toFixed(2)} [${ratio.least.toFixed(2)}, ${ratio.most.toFixed(2)}]`;
  console.log(`${name.padEnd(16)}${columns[0].padStart(9)}${columns[1].padStart(15)}   ${range}`);
}

/** One round of one library: a fresh server and a fresh client, a core each. */
async function measure(side) {
  const server = await startChild(new URL('server.mjs', import.meta.url), { core: 0 });
  const port = await server.call('port');
  const parameters = { library: libraries[side], port };
  const client = await startChild(new URL('client.mjs', import.meta.url), { core: 1, parameters });
  for (const [name, whole] of Object.entries(counts)) {
    const count = Math.max(Math.round(whole * share), 1);
    // What the compiler does first is not counted.
    await client.call('measure', { name, count });
    keep(name, side, await client.call('measure', { name, count }));
  }
  await client.stop();
  await server.stop();
}
