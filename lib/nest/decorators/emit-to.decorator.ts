import { roomDecorator, type EmitToOptions } from '../rooms/room-metadata.js';

/**
 * Broadcasts what the method returned, as it is, to the other members of a room, before the ack is sent.
 *
 * Of an Observable that is the last value. A method that returns nothing emits nothing. In the preset `strict`, members
 * alone tell something to a room that the client names: others are refused with 403, unless `open` says otherwise.
 *
 * @param template names the room, with values of the event: `room:{roomId}`.
 * @param event the event that is emitted; default: the name of the event that is handled.
 */
export function EmitTo(template: string, event?: string, options?: Omit<EmitToOptions, 'event'>): MethodDecorator;
export function EmitTo(template: string, options: EmitToOptions): MethodDecorator;
export function EmitTo(template: string, event?: string | EmitToOptions, options: EmitToOptions = {}): MethodDecorator {
  const given: EmitToOptions =
    typeof event === 'object' ? event : { ...options, ...(event !== undefined && { event }) };
  return roomDecorator({ does: 'emit', template, options: given });
}
