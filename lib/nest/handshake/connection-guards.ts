import type { CanActivate } from '@nestjs/common';
import { activate } from '../pipeline/enhancers.js';
import type { LoadedGateway } from '../pipeline/loaded-gateway.js';
import type { GatewayMethod } from '../../nest-common/index.js';
import type { EntryStep } from './arrival.js';
import { ConnectionContext } from './connection-context.js';
import type { InstanceFor } from './named-injectable.js';

/** Asks the connection guards of a gateway, in order. */
export function guardStep({ gateway }: LoadedGateway, guards: readonly InstanceFor<CanActivate>[]): EntryStep {
  const gatewayClass = gateway.wrapper.metatype as GatewayMethod;
  const [hook] = gateway.hooks.connect;
  const methods = gatewayClass.prototype as Record<string, GatewayMethod>;
  const handler = hook === undefined ? gatewayClass : methods[hook]!;
  return async (arrival) => {
    const context = new ConnectionContext(arrival.socket, gatewayClass, handler);
    for (const instanceFor of guards) {
      const guard = await instanceFor(arrival);
      // A guard for HTTP may end the response instead of deciding.
      await Promise.race([activate([guard], context), context.response.refused]);
    }
  };
}
