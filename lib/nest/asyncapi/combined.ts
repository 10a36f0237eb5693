import type { JsonSchema } from './payload-type.js';

/** Of two limits the one that both keep. */
const tighter: Readonly<Record<string, (...limits: number[]) => number>> = {
  minimum: Math.max,
  minLength: Math.max,
  minItems: Math.max,
  minProperties: Math.max,
  maximum: Math.min,
  maxLength: Math.min,
  maxItems: Math.min,
};

/** One schema that says what several say. The `type` of the last one counts. */
export function combined(schemas: readonly JsonSchema[]): JsonSchema {
  const references = schemas.filter((schema) => '$ref' in schema);
  const merged: Record<string, unknown> = {};
  const others: JsonSchema[] = [];
  for (const schema of schemas) {
    if ('$ref' in schema) continue;
    for (const [keyword, value] of Object.entries(schema)) {
      const before = merged[keyword];
      if (before === undefined || keyword === 'type' || Object.is(before, value)) merged[keyword] = value;
      else if (keyword in tighter) merged[keyword] = tighter[keyword]!(before as number, value as number);
      else others.push({ [keyword]: value });
    }
  }
  // What a class is, is an object.
  if (references.length > 0 && merged['type'] === 'object') delete merged['type'];
  const isEmpty = Object.keys(merged).length === 0;
  // Beside a `$ref` nothing counts.
  if (references.length === 1 && isEmpty && others.length === 0) return references[0]!;
  if (references.length === 0 && others.length === 0) return merged;
  return references.length === 0
    ? { ...merged, allOf: others }
    : { allOf: [...references, ...(isEmpty ? [] : [merged]), ...others] };
}
