// Clients that read and drop.
import WebSocket from 'ws';

const [port, count, offsets] = process.argv.slice(2);
for (let n = 0; n < Number(count); n++) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`);
  socket.on('message', (data) => {
    const text = data.toString('latin1');
    if (text.startsWith('0')) socket.send(`40{"offsets":${offsets}}`);
    else if (text === '2') socket.send('3');
  });
  socket.on('error', () => {});
}
setInterval(() => {}, 1_000);
