import type { ExploredGateway } from './gateway-explorer.js';
import type { GatewayInstance } from './gateway-instance.js';

/** A gateway with its instance. */
export interface LoadedGateway {
  readonly gateway: ExploredGateway;
  readonly instance: GatewayInstance;
}
