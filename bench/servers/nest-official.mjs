import { IoAdapter } from '@nestjs/platform-socket.io';
import * as decorators from '@nestjs/websockets';
import { startNest } from './nest.mjs';

export const start = () => startNest(decorators, [], (app) => new IoAdapter(app));
