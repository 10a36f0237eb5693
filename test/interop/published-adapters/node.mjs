// A node of a cluster: a server with a published adapter, which does what the specification tells it over IPC.
import { createServer } from 'node:http';
import { adapters } from './adapters.mjs';
import { servers } from './servers.mjs';

const parameters = JSON.parse(process.env.CLUSTER_NODE);
const { adapter, settle } = await adapters[parameters.adapter](parameters);
const { createIo, openAcks, logged } = await servers[parameters.server]();
const httpServer = createServer();
const io = await createIo(httpServer, { ...parameters.options, adapter });

const operations = {
  // The functions of the specification know nothing but their arguments.
  evaluate: (source, args) => new Function(`return (${source})`)()(io, ...args),
  settle: async () => void (await settle()),
  openAcks: () => openAcks(io),
  logged: () => logged.splice(0),
};

process.on('message', async ({ call, operation, operands }) => {
  // Adapters have messages of their own.
  if (call === undefined) return;
  try {
    process.send({ call, value: await operations[operation](...operands) });
  } catch (error) {
    process.send({ call, error: String(error?.stack ?? error) });
  }
});
process.on('disconnect', () => process.exit());
process.once('SIGTERM', async () => {
  await io.close();
  process.exit();
});

// Exclusive: workers of a cluster would share one port.
httpServer.listen({ port: 0, host: '127.0.0.1', exclusive: true }, () => {
  process.send({ ready: { port: httpServer.address().port, pid: process.pid } });
});
