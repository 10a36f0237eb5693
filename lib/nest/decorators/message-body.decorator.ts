import { ParamType } from './metadata.js';
import { propertyDecorator, type Pipe, type SchemaOption } from './param.js';

/** The event's first argument, through the pipes given; `{ schema }` stands for a pipe that validates. */
export function MessageBody(...pipes: (Pipe | SchemaOption)[]): ParameterDecorator;
/** A property of the event's first argument, through the pipes given. */
export function MessageBody(property: string, ...pipes: (Pipe | SchemaOption)[]): ParameterDecorator;
export function MessageBody(...args: (string | Pipe | SchemaOption)[]): ParameterDecorator {
  return propertyDecorator(ParamType.Payload, args);
}
