// The primary of a node:cluster: starts workers, and passes on what they and the specification tell each other.
import cluster from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { setupPrimary as setupPublishedPrimary } from '@socket.io/cluster-adapter';
import { setupPrimary } from 'rookery/node-cluster';

cluster.setupPrimary({ exec: fileURLToPath(new URL('node.mjs', import.meta.url)), serialization: 'advanced' });
if (process.env.PRIMARY === 'rookery') setupPrimary();
else setupPublishedPrimary();

const workers = new Map();

function start(key, env) {
  const worker = cluster.fork(env);
  workers.set(key, worker);
  worker.on('message', (message) => {
    if (message?.call !== undefined || message?.ready !== undefined) process.send({ key, message });
  });
  worker.on('exit', () => process.send({ key, exited: true }));
}

process.on('message', ({ key, env, message, stop }) => {
  if (env !== undefined) start(key, env);
  else if (stop) workers.get(key).process.disconnect();
  else workers.get(key).send(message);
});
process.on('disconnect', () => process.exit());
