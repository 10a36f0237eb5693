import * as decorators from '@nestjs/websockets';
import { SocketIoModule } from 'rookery';
import { startNest } from './nest.mjs';

export const start = () => startNest(decorators, [SocketIoModule.forRoot()]);
