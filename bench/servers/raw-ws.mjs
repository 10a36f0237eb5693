import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { HandMadeServer } from './by-hand.mjs';
import { listen } from './listening.mjs';

const asText = { binary: false };
const asBinary = { binary: true };

/** `ws`, and nothing else. Text is made into bytes once for all receivers. */
const frames = {
  text: (message) => ({ bytes: Buffer.from(message), options: asText }),
  binary: (bytes) => ({ bytes, options: asBinary }),
};

class Client {
  rooms = new Set();
  #socket;

  constructor(socket) {
    this.#socket = socket;
  }
  send(message) {
    this.#socket.send(message);
  }
  sendFrame({ bytes, options }) {
    this.#socket.send(bytes, options);
  }
}

export async function start(workload) {
  const http = createServer();
  const server = new HandMadeServer(workload, frames);
  const webSockets = new WebSocketServer({ server: http });
  webSockets.on('connection', (socket) => {
    const client = new Client(socket);
    socket.on('message', (data) => server.onMessage(client, data.toString()));
    socket.on('close', () => server.onClose(client));
    socket.on('error', () => {});
    server.onOpen(client);
  });
  return { port: await listen(http), counters: server.counters, work: server.work };
}
