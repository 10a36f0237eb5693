import type { StandardSchema } from '../pipeline/standard-schema.js';

/** A JSON Schema of draft 07. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** A class that describes a value: `String`, `Number`, `Boolean`, `Date`, or one with decorators of class-validator. */
export type PayloadClass = abstract new (...args: never[]) => unknown;

/** What one value looks like. */
export type OnePayload = StandardSchema | PayloadClass | JsonSchema;

/** What a value looks like: a Standard Schema, a class, a JSON Schema; in an array of one, a list of these. */
export type PayloadType = OnePayload | readonly [OnePayload];
