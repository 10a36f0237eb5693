import { Observable } from 'rxjs';
import { messageOf } from '../../shared/index.js';
import { isSchema } from '../pipeline/standard-schema.js';
import type { ClassReader } from './class-reader.js';
import { nameOf, Names, sorted } from './names.js';
import type { JsonSchema, PayloadClass } from './payload-type.js';
import { jsonSchemaOf, openSchema, type Direction } from './standard-json-schema.js';

const binary: JsonSchema = { type: 'string', format: 'binary' };

/** Classes of the language and of Node: what JSON or Socket.IO make of them, or nothing where they say nothing. */
const builtIn = new Map<unknown, JsonSchema>([
  [String, { type: 'string' }],
  [Number, { type: 'number' }],
  [Boolean, { type: 'boolean' }],
  [Array, { type: 'array' }],
  [Date, { type: 'string', format: 'date-time' }],
  [Buffer, binary],
  [Uint8Array, binary],
  [ArrayBuffer, binary],
  ...[Object, Function, Promise, Observable, Map, Set, Symbol, BigInt].map((type): [unknown, JsonSchema] => [type, {}]),
]);

/** A part of a schema that others refer to. */
interface Definition {
  readonly path: string;
  readonly name: string;
  readonly schema: JsonSchema;
}

/** The schemas of a document: classes and definitions stand once, under a name, and are referred to. */
export class SchemaComponents {
  readonly #classReader: ClassReader;
  readonly #names = new Names();
  readonly #schemas = new Map<string, JsonSchema>();
  readonly #byClass = new Map<unknown, string>();
  readonly #byContent = new Map<string, string>();

  constructor(classReader: ClassReader) {
    this.#classReader = classReader;
  }

  /** All of them, in order. */
  all(): Record<string, JsonSchema> {
    return sorted(this.#schemas);
  }

  /**
   * The schema of a value.
   *
   * @param type as of `PayloadType`, or the type that a compiler has left; anything else is not known, and open.
   * @param name what it is called, where it has to have a name and has none.
   */
  schemaOf(type: unknown, direction: Direction, name: string): JsonSchema {
    if (builtIn.has(type)) return builtIn.get(type)!;
    if (isSchema(type)) return this.#adopt(jsonSchemaOf(type, direction), name);
    if (typeof type === 'function') return this.#refer(type as PayloadClass);
    if (Array.isArray(type)) return { type: 'array', items: this.schemaOf(type[0], direction, name) };
    return typeof type === 'object' && type !== null ? this.#adopt(type as JsonSchema, name) : {};
  }

  /** A schema under a name of ours. */
  add(name: string, schema: JsonSchema): JsonSchema {
    const content = JSON.stringify(schema);
    let taken = this.#byContent.get(`${name} ${content}`);
    if (taken === undefined) {
      taken = this.#take(name, schema);
      this.#byContent.set(`${name} ${content}`, taken);
    }
    return referenceTo(taken);
  }

  #refer(type: PayloadClass): JsonSchema {
    let name = this.#byClass.get(type);
    if (name === undefined) {
      name = this.#take(nameOf(type.name, 'Anonymous'), {});
      // Before it is read: it may refer to itself.
      this.#byClass.set(type, name);
      this.#schemas.set(
        name,
        this.#classReader.read(type, (each) => this.schemaOf(each, 'input', type.name)),
      );
    }
    return referenceTo(name);
  }

  /** Makes a schema part of the document: its definitions become components, and what refers to them finds them. */
  #adopt(raw: JsonSchema, name: string): JsonSchema {
    const { $schema: _draft, $id: _id, definitions = {}, $defs = {}, ...root } = plain(raw);
    const found = [
      ...Object.entries(definitions as object).map(([key, schema]) => definition('definitions', key, schema)),
      ...Object.entries($defs as object).map(([key, schema]) => definition('$defs', key, schema)),
    ];
    const isRecursive = pointersIn(root, found).has('#') || found.some((each) => pointersIn(each, found).has('#'));
    if (isRecursive) found.push({ path: '#', name, schema: root });
    const names = new Map<string, string>();
    const added: [component: string, schema: JsonSchema][] = [];
    for (const each of found) {
      // The same definition, with all that it refers to, is the same component.
      const content = `${each.name} ${JSON.stringify(reachable(each, found))}`;
      let component = this.#byContent.get(content);
      if (component === undefined) {
        component = this.#take(each.name, {});
        this.#byContent.set(content, component);
        added.push([component, each.schema]);
      }
      names.set(each.path, component);
    }
    for (const [component, schema] of added) this.#schemas.set(component, redirected(schema, names));
    return isRecursive ? referenceTo(names.get('#')!) : redirected(root, names);
  }

  #take(wanted: string, schema: JsonSchema): string {
    const name = this.#names.take(wanted);
    this.#schemas.set(name, schema);
    return name;
  }
}

/** A copy without what is no JSON. */
function plain(schema: JsonSchema): JsonSchema {
  try {
    return JSON.parse(JSON.stringify(schema)) as JsonSchema;
  } catch (error) {
    return openSchema(messageOf(error));
  }
}

function definition(keyword: string, key: string, schema: unknown): Definition {
  const escaped = key.replaceAll('~', '~0').replaceAll('/', '~1');
  return { path: `#/${keyword}/${escaped}`, name: nameOf(key, 'Schema'), schema: schema as JsonSchema };
}

function referenceTo(component: string): JsonSchema {
  return { $ref: `#/components/schemas/${component}` };
}

/** The definition that a pointer leads into, and the way from there; the root where it is in none. */
function targetOf(pointer: string, paths: readonly string[]): [path: string, rest: string] {
  const path = paths.find((each) => each !== '#' && (pointer === each || pointer.startsWith(`${each}/`))) ?? '#';
  return [path, pointer.slice(path.length)];
}

function isPointer(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith('#');
}

/** The definitions that a value refers to, by their paths. */
function pointersIn(value: unknown, found: readonly Definition[]): Set<string> {
  const paths = found.map(({ path }) => path);
  const pointers = new Set<string>();
  JSON.stringify(value, (key, each: unknown) => {
    if (key === '$ref' && isPointer(each)) pointers.add(targetOf(each, paths)[0]);
    return each;
  });
  return pointers;
}

/** A definition and all those that it leads to. */
function reachable(from: Definition, found: readonly Definition[]): Definition[] {
  const reached = [from];
  for (const each of reached) {
    const pointers = pointersIn(each.schema, found);
    reached.push(...found.filter((other) => pointers.has(other.path) && !reached.includes(other)));
  }
  return reached;
}

function redirected(value: JsonSchema, names: ReadonlyMap<string, string>): JsonSchema {
  const paths = [...names.keys()];
  const text = JSON.stringify(value, (key, each: unknown) => {
    if (key !== '$ref' || !isPointer(each)) return each;
    const [path, rest] = targetOf(each, paths);
    return `#/components/schemas/${names.get(path)!}${rest}`;
  });
  return JSON.parse(text) as JsonSchema;
}
