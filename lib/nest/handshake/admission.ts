import { Injectable } from '@nestjs/common';
import type { Middleware, Socket } from '../../server/index.js';
import type { LoadedGateway } from '../pipeline/loaded-gateway.js';

/** Decides who may enter a namespace, before its client is told anything. */
@Injectable()
export class Admission {
  /** The middlewares of a namespace, in order, for the gateways that share it. */
  middlewaresFor(_gateways: readonly LoadedGateway[]): Middleware<Socket>[] {
    return [];
  }
}
