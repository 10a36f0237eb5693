import { openClients } from './clients.mjs';

const clientCount = 2_000;
const roomNames = Array.from({ length: 100 }, (_, index) => `room ${index}`);

/** Half of the sockets stay in their room; each of the others joins one and leaves it again, another one each time. */
function roomWork(sockets, join, leave) {
  const half = clientCount / 2;
  const visitors = [];
  let turn = 0;
  return () => {
    if (turn++ === 0) {
      visitors.push(...sockets.slice(half));
      sockets.slice(0, half).forEach((socket, index) => join(socket, roomNames[index % roomNames.length]));
    }
    for (let index = 0; index < visitors.length; index++) {
      const room = roomNames[(index + turn) % roomNames.length];
      join(visitors[index], room);
      leave(visitors[index], room);
    }
    return visitors.length;
  };
}

/** @type {readonly import('./index.mjs').Workload[]} */
export const roomWorkloads = [
  {
    name: 'rooms',
    title: `Join a room and leave it, ${(clientCount / 2).toLocaleString('en')} sockets, ${roomNames.length} rooms of 10`,
    operation: 'join and leave',
    servers: ['official', 'ours', 'raw-ws', 'raw-tcp'],
    busy: 0.8,
    application: (io) => {
      const members = [];
      io.on('connection', (socket) => {
        members.push(socket);
      });
      return roomWork(
        members,
        (socket, room) => socket.join(room),
        (socket, room) => socket.leave(room),
      );
    },
    byHand: (server) => {
      let workOnce;
      return {
        onEvent: () => {},
        work() {
          workOnce ??= roomWork(
            [...server.clients],
            (client, room) => server.join(client, room),
            (client, room) => server.leave(client, room),
          );
          return workOnce();
        },
      };
    },
    async measure({ port, server, warmup, duration }) {
      await openClients(port, clientCount);
      return server.measureWork({ warmup, duration });
    },
  },
];
