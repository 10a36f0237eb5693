import { Server } from 'rookery/server';
import { startSocketIo } from './socket-io.mjs';

export const start = (workload) => startSocketIo(Server, workload);
