import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { FrameReader } from '../client/frame-reader.mjs';
import { binaryFrame, closeFrame, headerOf, textFrame } from '../client/masked-frame.mjs';
import { HandMadeServer } from './by-hand.mjs';
import { listen } from './listening.mjs';

const endOfHead = '\r\n\r\n';
const frameOf = (opcode, bytes) => Buffer.concat([headerOf(opcode, bytes.length), bytes]);

/** WebSocket frames by hand. Whole frames are made once for all receivers. */
const frames = {
  text: (message) => frameOf(textFrame, Buffer.from(message)),
  binary: (bytes) => frameOf(binaryFrame, bytes),
};

/** Clients something was written to since bytes came in; each gets it in one piece. */
let touched = [];

class Client {
  rooms = new Set();
  #socket;
  #written = [];

  constructor(socket) {
    this.#socket = socket;
  }
  send(message) {
    this.sendFrame(frames.text(message));
  }
  sendFrame(frame) {
    if (this.#written.push(frame) === 1) touched.push(this);
  }
  flush() {
    const written = this.#written;
    this.#written = [];
    this.#socket.write(written.length === 1 ? written[0] : Buffer.concat(written));
  }
}

function flushTouched() {
  const clients = touched;
  touched = [];
  for (const client of clients) client.flush();
}

export async function start(workload) {
  const server = new HandMadeServer(workload, frames);
  const tcp = createServer({ noDelay: true }, (socket) => {
    const client = new Client(socket);
    const reader = new FrameReader(
      (opcode, bytes, from, to) => {
        if (opcode === closeFrame) socket.end(frameOf(closeFrame, Buffer.alloc(0)));
        else server.onMessage(client, bytes.utf8Slice(from, to));
      },
      { isMasked: true },
    );
    socket.once('data', (head) => {
      upgrade(socket, head.latin1Slice());
      server.onOpen(client);
      flushTouched();
      socket.on('data', (chunk) => {
        reader.push(chunk);
        flushTouched();
      });
    });
    socket.on('close', () => server.onClose(client));
    socket.on('error', () => {});
  });
  return { port: await listen(tcp), counters: server.counters, work: server.work };
}

function upgrade(socket, head) {
  if (!head.endsWith(endOfHead)) throw new Error('A request in pieces');
  const [, key] = /\r\nsec-websocket-key: *(\S+)/i.exec(head);
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}${endOfHead}`,
  );
}
