// What a relayed request costs beside one that comes to its owner: long-polling clients, over HTTP as it is.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request as createRequest } from 'node:http';

const clients = Number(process.env.CLIENTS ?? 50);
const echoes = Number(process.env.ECHOES ?? 100);
const rounds = Number(process.env.ROUNDS ?? 3);
const secret = 'a secret of the bench, 32 characters or more';
const agent = new Agent({ keepAlive: true });

async function startNode(relay) {
  const child = fork(new URL('node.mjs', import.meta.url), { env: { ...process.env, RELAY: JSON.stringify(relay) } });
  const [{ port }] = await once(child, 'message');
  return { child, port };
}

async function cpuOf(nodes) {
  let sum = 0;
  for (const { child } of nodes) {
    child.send('cpu');
    const [{ cpu }] = await once(child, 'message');
    sum += cpu.user + cpu.system;
  }
  return sum;
}

function send(port, sid, body) {
  const query = sid === undefined ? '' : `&sid=${sid}`;
  const method = body === undefined ? 'GET' : 'POST';
  return new Promise((resolve, reject) => {
    const path = `/socket.io/?EIO=4&transport=polling${query}`;
    const request = createRequest({ host: '127.0.0.1', port, path, method, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(text))));
    });
    request.on('error', reject).end(body);
  });
}

/** The handshake is always the owner's; what follows goes to `other`. */
async function connect(owner, other) {
  const { sid } = JSON.parse((await send(owner.port)).slice(1));
  await send(other.port, sid, '40');
  await send(other.port, sid);
  return sid;
}

async function echo({ port }, sid, id) {
  const poll = send(port, sid);
  await send(port, sid, `42${id}["echo","hello"]`);
  return poll;
}

const median = (values) => [...values].sort((one, another) => one - another)[values.length >> 1];

async function measure(nodes, other) {
  const connecting = [];
  const trips = [];
  const sids = [];
  for (let count = 0; count < clients; count++) {
    const start = performance.now();
    sids.push(await connect(nodes[0], other));
    connecting.push(performance.now() - start);
  }
  const before = await cpuOf(nodes);
  for (let turn = 0; turn < echoes; turn++) {
    for (const sid of sids) {
      const start = performance.now();
      if (!(await echo(other, sid, turn)).startsWith('43')) throw new Error('No echo');
      trips.push(performance.now() - start);
    }
  }
  // An echo is two requests.
  const cpu = ((await cpuOf(nodes)) - before) / (clients * echoes * 2);
  return { connect: median(connecting), echo: median(trips), cpu };
}

const relays = { 'unix socket': { secret }, TCP: { secret, listen: { host: '127.0.0.1' } } };
console.log('way                 connect p50 ms   echo p50 ms   CPU µs per request, both nodes');
for (const [name, relay] of Object.entries(relays)) {
  const nodes = [await startNode(relay), await startNode(relay)];
  // The first turn warms up.
  const results = { direct: [], relayed: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const [way, node] of [
      ['direct', nodes[0]],
      ['relayed', nodes[1]],
    ]) {
      const result = await measure(nodes, node);
      if (round > 0) results[way].push(result);
    }
  }
  for (const [way, all] of Object.entries(results)) {
    const [connecting, trip, cpu] = ['connect', 'echo', 'cpu'].map((key) => median(all.map((each) => each[key])));
    console.log(
      `${`${way}, ${name}`.padEnd(20)}${connecting.toFixed(2).padStart(14)}${trip.toFixed(2).padStart(14)}${cpu.toFixed(0).padStart(14)}`,
    );
  }
  for (const { child } of nodes) child.kill();
}
agent.destroy();
