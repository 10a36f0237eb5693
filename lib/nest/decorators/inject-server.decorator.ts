import { Inject } from '@nestjs/common';
import { SOCKET_IO_SERVER } from '../socketio.tokens.js';

/** Injects the `Server` that all gateways share. */
export function InjectServer(): PropertyDecorator & ParameterDecorator {
  return Inject(SOCKET_IO_SERVER);
}
