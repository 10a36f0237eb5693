import * as decorators from '@nestjs/websockets';
import { SocketIoModule } from 'rookery';
import { startNest } from './nest.mjs';

// What is measured is how many events the server takes: a client may send as many as it can.
export const start = () => startNest(decorators, [SocketIoModule.forRoot({ eventRate: false })]);
