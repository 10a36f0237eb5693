// A server without Nest; it tells its port, and how much memory it takes when it is asked.
import { createServer } from 'node:http';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { Server } from 'rookery/server';

const httpServer = createServer();
const io = new Server(httpServer);
io.on('connection', (socket) => void socket.join('everybody'));
httpServer.listen(0, '127.0.0.1', () => process.send({ port: httpServer.address().port }));
process.on('message', async () => {
  // What is collected once may let go of more.
  for (let n = 0; n < 2; n++) {
    global.gc();
    await pause(200);
  }
  const { rss, heapUsed } = process.memoryUsage();
  process.send({ clients: io.engine.clientsCount, rss, heapUsed });
});
