// One client of one library; tells how much CPU each operation takes.
import { answerCalls, parametersOfChild } from '../harness/child.mjs';

const { library, port } = parametersOfChild();
const { io } = await import(library);
const url = `http://127.0.0.1:${port}`;
const options = { transports: ['websocket'], forceNew: true };

const connected = (socket) => new Promise((resolve) => void socket.once('connect', resolve));
const socket = io(url, options);
await connected(socket);
socket.on('message', () => {});

const received = (event, count) =>
  new Promise((resolve) => {
    socket.once('all', resolve);
    socket.emit(event, count);
  });

const operations = {
  async connect(count) {
    for (let done = 0; done < count; done++) {
      const other = io(url, options);
      await connected(other);
      other.disconnect();
    }
  },
  async ask(count) {
    for (let done = 0; done < count; done++) await socket.emitWithAck('ask', 'a question');
  },
  receive: (count) => received('flood', count),
  'receive-binary': (count) => received('flood-binary', count),
  async send(count) {
    for (let sent = 0; sent < count; sent++) {
      socket.emit('note', { x: sent, y: 2, text: 'a note' });
      // A turn of the event loop has some of them.
      if (sent % 20 === 19) await new Promise(setImmediate);
    }
    await socket.emitWithAck('ask', 'the last one');
  },
};

/** The CPU time of this process that one operation took, in microseconds. */
async function measure({ name, count }) {
  const before = process.cpuUsage();
  await operations[name](count);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

answerCalls({ measure });
