// A node of the measurement: echoes, and tells what it has cost.
import { createServer } from 'node:http';
import { Server } from '../../dist/esm/server/index.js';
import { sessionRelay } from '../../dist/esm/cluster/session-relay/index.js';

const httpServer = createServer();
const io = new Server(httpServer, { sessionRouting: sessionRelay(JSON.parse(process.env.RELAY)) });
io.on('connection', (socket) => socket.on('echo', (value, ack) => ack(value)));

process.on('message', () => process.send({ cpu: process.cpuUsage() }));
httpServer.listen(0, '127.0.0.1', async () => {
  await io.engine.routingReady();
  process.send({ port: httpServer.address().port });
});
