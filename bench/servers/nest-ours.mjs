import * as rookery from 'rookery';
import { startNest } from './nest.mjs';

// What is measured is how many events the server takes: a client may send as many as it can.
export const start = () =>
  startNest(rookery, [rookery.SocketIoModule.forRoot({ defaultAccess: 'allow', eventRate: false })]);
