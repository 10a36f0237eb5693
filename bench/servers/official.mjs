import { Server } from 'socket.io';
import { startSocketIo } from './socket-io.mjs';

export const start = (workload) => startSocketIo(Server, workload);
