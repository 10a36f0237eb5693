// Serves the clients that are measured.
import { createServer } from 'node:http';
import { Server } from 'rookery/server';
import { answerCalls } from '../harness/child.mjs';

const httpServer = createServer();
const io = new Server(httpServer);
const message = { id: 17, user: 'ada', text: 'a message of some forty characters or so' };
const bytes = Buffer.alloc(256, 7);
io.on('connection', (socket) => {
  const flood = (event, what) => (count) => {
    for (let sent = 0; sent < count; sent++) socket.emit(event, what);
    socket.emit('all');
  };
  socket.on('ask', (question, ack) => ack(question));
  socket.on('flood', flood('message', message));
  socket.on('flood-binary', flood('message', bytes));
  socket.on('note', () => {});
});
httpServer.listen(0, '127.0.0.1', () => answerCalls({ port: () => httpServer.address().port }));
