// Runs in Deno: its node:http for the page and for polling, its QUIC for WebTransport.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Server } from '../../dist/esm/server/index.js';

const { Deno } = globalThis;
const [certFile, keyFile] = Deno.args;
const clientFile = new URL('../../node_modules/socket.io-client/dist/socket.io.min.js', import.meta.url);

const httpServer = createServer((request, response) => {
  if (request.url === '/')
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<script src="/client.js"></script>');
  else if (request.url === '/client.js') response.writeHead(200).end(readFileSync(clientFile));
  else response.writeHead(404).end();
});
const io = new Server(httpServer, {
  transports: ['polling', 'webtransport'],
  cors: { origin: true },
  pingInterval: 500,
  pingTimeout: 500,
  allowRequest: (request, decide) => decide(null, !request.url.includes('token=wrong')),
});

io.on('connection', (socket) => {
  socket.on('echo', (value, answer) => answer(value));
  socket.on('describe', (answer) => {
    const { address, secure, url } = socket.handshake;
    answer({ transport: socket.conn.transport.name, address, secure, url });
  });
  socket.on('join', async (room, answer) => {
    await socket.join(room);
    answer();
  });
  socket.on('tell', (room, ...args) => io.to(room).emit(...args));
  socket.on('leave me', () => socket.disconnect());
  socket.on('cut me', () => socket.disconnect(true));
  socket.on('flood me', (bytes) => socket.emit('flood', new Uint8Array(bytes)));
  socket.on('how many', (answer) => answer(io.engine.clientsCount));
  socket.on('close the server', () => void io.close());
  socket.on('disconnect', (reason) => print({ gone: socket.id, reason }));
});

const endpoint = new Deno.QuicEndpoint({ hostname: '127.0.0.1', port: 0 });
const listener = endpoint.listen({
  cert: readFileSync(certFile, 'utf8'),
  key: readFileSync(keyFile, 'utf8'),
  alpnProtocols: ['h3'],
});
void accept();

httpServer.listen(0, '127.0.0.1', () => print({ port: httpServer.address().port, quicPort: endpoint.addr.port }));

async function accept() {
  for (;;) {
    const connection = await listener.accept();
    void handOn(connection).catch((error) => console.error('A session failed:', error));
  }
}

async function handOn(connection) {
  const session = await Deno.upgradeWebTransport(connection);
  await session.ready;
  const { pathname, search } = new URL(session.url);
  session.closed.then(
    () => print({ closed: search }),
    () => print({ closed: search }),
  );
  await io.engine.onWebTransportSession({
    incomingBidirectionalStreams: session.incomingBidirectionalStreams,
    closed: session.closed,
    close: () => session.close(),
    url: pathname + search,
    remoteAddress: connection.remoteAddr.hostname,
  });
}

function print(what) {
  console.log(JSON.stringify(what));
}
