import { messageOf } from '../../shared/index.js';
import type { StandardSchema } from '../pipeline/standard-schema.js';
import type { JsonSchema } from './payload-type.js';

/** Which side of a schema counts: what a client sends, or what a value becomes. */
export type Direction = 'input' | 'output';

interface Options {
  readonly target: 'draft-07';
  readonly libraryOptions?: Readonly<Record<string, unknown>>;
}

/** @see Standard JSON Schema v1 (standardschema.dev) */
type Converter = Readonly<Record<Direction, (options: Options) => JsonSchema>>;

const target = 'draft-07';
/** For what a library says when it is told to leave open what it cannot express. */
const lenient: Readonly<Record<string, Options>> = {
  zod: { target, libraryOptions: { unrepresentable: 'any' } },
};

/** The JSON Schema of a Standard Schema; open where it has none, with a note that says why. */
export function jsonSchemaOf(schema: StandardSchema, direction: Direction): JsonSchema {
  const { vendor, jsonSchema } = schema['~standard'] as StandardSchema['~standard'] & { jsonSchema?: Converter };
  if (jsonSchema === undefined) return openSchema(`this version of ${vendor} offers no JSON Schema`);
  try {
    return jsonSchema[direction]({ target });
  } catch (error) {
    const note = openSchema(messageOf(error));
    try {
      const options = lenient[vendor];
      return options === undefined ? note : { ...note, ...jsonSchema[direction](options) };
    } catch {
      return note;
    }
  }
}

/** A schema that anything fits, with a note that says why. */
export function openSchema(reason: string): JsonSchema {
  return { description: `Not described in full: ${reason}` };
}
