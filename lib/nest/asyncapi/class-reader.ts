import { combined } from './combined.js';
import type { JsonSchema, PayloadClass } from './payload-type.js';
import { keywordsOf, type ValidationRule } from './validation-rules.js';

/** Describes a class, or refers to where it is described. */
export type Describe = (type: unknown) => JsonSchema;

type RulesOf = (type: PayloadClass) => readonly ValidationRule[];
type Transform = (type: PayloadClass, plain: object) => unknown;

/** Reads what decorators of class-validator and class-transformer say of a class, where these are installed. */
export class ClassReader {
  readonly #rulesOf: RulesOf;
  readonly #transform: Transform;

  private constructor(rulesOf: RulesOf, transform: Transform) {
    this.#rulesOf = rulesOf;
    this.#transform = transform;
  }

  static async load(): Promise<ClassReader> {
    const validator = await installed(() => import('class-validator'));
    const transformer = await installed(() => import('class-transformer'));
    return new ClassReader(
      (type) =>
        // As a ValidationPipe without groups asks.
        (validator?.getMetadataStorage().getTargetValidationMetadatas(type, '', false, false) ??
          []) as unknown as ValidationRule[],
      (type, plain) => transformer?.plainToInstance(type as never, plain),
    );
  }

  /** The schema of a class's objects; open where nothing is known of it. */
  read(type: PayloadClass, describe: Describe): JsonSchema {
    const byProperty = new Map<string, ValidationRule[]>();
    for (const rule of this.#inOrder(type)) {
      byProperty.set(rule.propertyName, [...(byProperty.get(rule.propertyName) ?? []), rule]);
    }
    const required = [...byProperty].filter(([, rules]) => isRequired(rules)).map(([name]) => name);
    const properties = Object.fromEntries(
      [...byProperty].map(([name, rules]) => [name, this.#property(type, name, rules, describe)]),
    );
    return {
      type: 'object',
      ...(byProperty.size > 0 && { properties }),
      ...(required.length > 0 && { required }),
    };
  }

  /** Those of classes that it extends first. */
  #inOrder(type: PayloadClass): ValidationRule[] {
    const ancestors: unknown[] = [];
    for (let each: unknown = type; typeof each === 'function'; each = Object.getPrototypeOf(each)) {
      ancestors.unshift(each);
    }
    return [...this.#rulesOf(type)].sort((a, b) => ancestors.indexOf(a.target) - ancestors.indexOf(b.target));
  }

  #property(type: PayloadClass, name: string, rules: readonly ValidationRule[], describe: Describe): JsonSchema {
    const designed: unknown = Reflect.getMetadata('design:type', type.prototype as object, name);
    const isList = designed === Array || rules.some((rule) => rule.each || rule.name === 'isArray');
    const isNested = rules.some((rule) => rule.type === 'nestedValidation');
    const ofEach = rules.filter((rule) => rule.each).map(keywordsOf);
    const ofAll = rules.filter((rule) => !rule.each).map(keywordsOf);
    if (isList) {
      const element = isNested ? describe(this.#classOf(type, name, [{}])) : {};
      const items = withoutEmpty(combined([element, ...ofEach]), rules, true);
      return combined([{ type: 'array', ...(Object.keys(items).length > 0 && { items }) }, ...ofAll]);
    }
    const named = isNested && (designed === Object || designed === undefined);
    const base = describe(named ? this.#classOf(type, name, {}) : designed);
    return withoutEmpty(combined([base, ...ofAll]), rules, false);
  }

  /** The class that class-transformer makes the values of a property of: it has no public question for it. */
  #classOf(type: PayloadClass, name: string, sample: object): unknown {
    try {
      const made = (this.#transform(type, { [name]: sample }) as Record<string, unknown> | undefined)?.[name];
      const value: unknown = Array.isArray(made) ? made[0] : made;
      return typeof value === 'object' && value !== null ? value.constructor : undefined;
    } catch {
      // A class or a transformation of the application that does not take an empty object.
      return undefined;
    }
  }
}

function isRequired(rules: readonly ValidationRule[]): boolean {
  const isConditional = rules.some((rule) => rule.type === 'conditionalValidation');
  return !isConditional && rules.some((rule) => rule.type !== 'whitelistValidation' && rule.name !== 'isEmpty');
}

/** @IsNotEmpty() is about texts where the value is one; others have to be there. */
function withoutEmpty(schema: JsonSchema, rules: readonly ValidationRule[], each: boolean): JsonSchema {
  const isAsked = rules.some((rule) => rule.name === 'isNotEmpty' && rule.each === each);
  return isAsked && schema['type'] === 'string' ? combined([schema, { minLength: 1 }]) : schema;
}

/** A package, or `undefined` where it is not installed. */
async function installed<T>(load: () => Promise<T>): Promise<T | undefined> {
  try {
    return await load();
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
