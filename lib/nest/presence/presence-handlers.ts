import type { PresenceEventName } from '../../presence/index.js';
import { RookeryError } from '../../server/index.js';
import { RoomPattern } from '../../shared/index.js';
import type { GatewayMethod } from '../../nest-common/index.js';
import type { LoadedGateway } from '../pipeline/loaded-gateway.js';
import type { Presence } from './presence.service.js';

const events: ReadonlySet<unknown> = new Set<PresenceEventName>(['join', 'leave', 'update']);

/**
 * Has methods of a gateway called for members of rooms; their errors are those of any listener.
 *
 * @throws RookeryError `INVALID_GATEWAY` where there is no one instance, no one namespace, or no such event or room.
 */
export function bindPresence(presence: Presence, { gateway, instance }: LoadedGateway): void {
  for (const { event, room, methodName } of gateway.presence) {
    const { singleton } = instance;
    const place = `${gateway.wrapper.name}.${methodName}()`;
    const fail = (problem: string): never => {
      throw new RookeryError('INVALID_GATEWAY', `${place}: ${problem}`);
    };
    if (typeof gateway.namespace !== 'string' || singleton === undefined) {
      fail('is told of members: its gateway needs a namespace of one name, and one instance');
    }
    if (!events.has(event)) fail(`@OnPresence() is for "join", "leave" or "update", not ${JSON.stringify(event)}`);
    const pattern =
      room === undefined
        ? undefined
        : new RoomPattern(room, (problem) => fail(`the room ${JSON.stringify(room)} ${problem}`));
    presence.of(gateway.namespace as string).on(event, (...args: readonly [room: string, ...others: unknown[]]) => {
      if (pattern !== undefined && !pattern.matches(args[0])) return undefined;
      return (singleton as unknown as Record<string, GatewayMethod>)[methodName]!(...args);
    });
  }
}
