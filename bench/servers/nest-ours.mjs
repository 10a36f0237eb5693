import * as rookery from 'rookery';
import { startNest } from './nest.mjs';

export const start = () => startNest(rookery, [rookery.SocketIoModule.forRoot({ defaultAccess: 'allow' })]);
