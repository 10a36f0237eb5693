import { createParamDecorator } from '@nestjs/common';
import { argsOf } from '../server-event-args.js';

/**
 * One of the event's arguments, by its place from 0, through the pipes given.
 *
 * @example `move(@ServerEventArg(1, ParseIntPipe) row: number)`
 */
export const ServerEventArg = createParamDecorator<number>((index, context) => argsOf(context)[index]);
