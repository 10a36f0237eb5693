import { openClients } from './clients.mjs';

const clientCount = 1_000;
const roomNames = Array.from({ length: 100 }, (_, index) => `room ${index}`);

/** Every socket joins one room and leaves it again; each time it is another one. */
function roomWork(members, join, leave) {
  let turn = 0;
  return () => {
    turn++;
    for (let index = 0; index < members.length; index++) {
      const room = roomNames[(index + turn) % roomNames.length];
      join(members[index], room);
      leave(members[index], room);
    }
    return members.length;
  };
}

/** @type {readonly import('./index.mjs').Workload[]} */
export const roomWorkloads = [
  {
    name: 'rooms',
    title: `Join a room and leave it, ${clientCount.toLocaleString('en')} sockets, ${roomNames.length} rooms`,
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
