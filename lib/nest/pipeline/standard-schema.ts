import { BadRequestException, type PipeTransform } from '@nestjs/common';
import { firstDetails } from '../exceptions/first-details.js';

/**
 * What a schema of zod, valibot, arktype and others offers.
 *
 * @see Standard Schema v1 (standardschema.dev)
 */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    validate(value: unknown): StandardResult<Output> | Promise<StandardResult<Output>>;
  };
}

/** What a schema says of a value: what it makes of it, or what is wrong with it. */
export type StandardResult<Output = unknown> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly StandardIssue[] };

/** One thing that is wrong with a value, and where in it. */
export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Lets through what fits a schema, as the schema makes it; refuses the rest with 400 and one line per issue. */
export class SchemaPipe implements PipeTransform {
  readonly schema: StandardSchema;

  constructor(schema: StandardSchema) {
    this.schema = schema;
  }

  transform(value: unknown): unknown {
    const result = this.schema['~standard'].validate(value);
    return result instanceof Promise ? result.then(accepted) : accepted(result);
  }
}

/** Whether a value is a schema. */
export function isSchema(value: unknown): value is StandardSchema {
  return (typeof value === 'object' || typeof value === 'function') && value !== null && '~standard' in value;
}

function accepted(result: StandardResult<unknown>): unknown {
  if (result.issues === undefined) return result.value;
  throw new BadRequestException({
    message: 'Validation failed',
    details: firstDetails<StandardIssue>(result.issues, (message) => ({ message })).map(({ message, path }) => ({
      message,
      path: (path ?? []).map(keyOf),
    })),
  });
}

function keyOf(part: PropertyKey | { readonly key: PropertyKey }): string | number {
  const key = typeof part === 'object' ? part.key : part;
  return typeof key === 'symbol' ? String(key) : key;
}
