import type { AnswerStyleName } from '../pipeline/answer-style.js';
import type { ErrorTarget } from '../pipeline/answering-handler.js';
import type { AsyncApiChannel, AsyncApiMessage, AsyncApiOperation, AsyncApiReference } from './document.js';
import type { DescribedGateway, DescribedHandler, DescribedNamespace } from './described-gateway.js';
import { compare, nameOf, Names, sorted } from './names.js';
import type { ArgumentType, EventArguments } from './payload-reader.js';
import type { JsonSchema, PayloadType } from './payload-type.js';
import type { SchemaComponents } from './schema-components.js';

/** How the application's handlers answer. */
export interface AnswerOptions {
  readonly ackStyle: AnswerStyleName;
  readonly errors: ErrorTarget;
}

/** An event that is sent: what it is declared as, or else what the methods return that send it. */
interface Emission {
  declared: JsonSchema | undefined;
  readonly returned: JsonSchema[];
  readonly notes: string[];
}

interface ObjectSchema {
  readonly type: 'object';
  readonly properties: Record<string, JsonSchema>;
  required?: string[];
}

const isOpen = (schema: JsonSchema): boolean => Object.keys(schema).length === 0;
const isSame = (a: JsonSchema, b: JsonSchema): boolean => JSON.stringify(a) === JSON.stringify(b);

const errorProperties = {
  status: { type: 'integer', description: 'As an HTTP status: 4xx is the fault of the client.' },
  message: { type: 'string' },
  code: { type: 'string' },
  details: { description: 'More about the error, such as one line per invalid property.' },
};
const errorAnswer: JsonSchema = { type: 'object', properties: errorProperties, required: ['status', 'message'] };
const exceptionEvent: JsonSchema = {
  ...errorAnswer,
  properties: { ...errorProperties, event: { type: 'string', description: 'The event that the error is about.' } },
};

/** Makes a channel of a namespace, and operations of its events. */
export class ChannelBuilder {
  readonly id: string;
  readonly #namespace: DescribedNamespace;
  readonly #schemas: SchemaComponents;
  readonly #security: readonly AsyncApiReference[] | undefined;
  readonly #answers: AnswerOptions;
  readonly #names = new Names();
  readonly #descriptions: string[] = [];
  readonly #messages = new Map<string, AsyncApiMessage>();
  readonly #operations = new Map<string, AsyncApiOperation>();
  readonly #emissions = new Map<string, Emission>();

  constructor(
    id: string,
    namespace: DescribedNamespace,
    schemas: SchemaComponents,
    security: readonly AsyncApiReference[] | undefined,
    answers: AnswerOptions,
  ) {
    this.id = id;
    this.#namespace = namespace;
    this.#schemas = schemas;
    this.#security = security;
    this.#answers = answers;
  }

  /** Adds what a gateway receives and sends. */
  addGateway({ description, handlers, emits, isOurs }: DescribedGateway): void {
    if (description !== undefined) this.#descriptions.push(description);
    for (const handler of [...handlers].sort((a, b) => compare(a.event, b.event))) this.#receive(handler);
    this.declare(emits);
    if (!isOurs) return;
    this.#emission('exception').declared ??= this.#schemas.add('ExceptionEvent', exceptionEvent);
  }

  /** Adds events that are sent, as they are declared. */
  declare(emits: Readonly<Record<string, PayloadType>>): void {
    for (const [event, type] of Object.entries(emits)) {
      const payload = this.#schemas.schemaOf(type, 'output', `${this.id}.send.${nameOf(event, 'event')}`);
      const emission = this.#emission(event);
      const before = emission.declared;
      emission.declared = before === undefined || isSame(before, payload) ? payload : { anyOf: [before, payload] };
    }
  }

  /** The channel; asked last. */
  build(): { readonly channel: AsyncApiChannel; readonly operations: ReadonlyMap<string, AsyncApiOperation> } {
    for (const [event, emission] of [...this.#emissions].sort(([a], [b]) => compare(a, b))) this.#send(event, emission);
    const { address, pattern, parts, port } = this.#namespace;
    const description = this.#descriptions.join('\n\n');
    const channel: AsyncApiChannel = {
      address: address ?? null,
      title: address ?? String(pattern),
      ...(description !== '' && { description }),
      ...(parts.length > 0 && { parameters: Object.fromEntries(parts.map((part) => [part, {}])) }),
      messages: sorted(this.#messages),
      ...(pattern instanceof RegExp && address === undefined && { 'x-pattern': pattern.source }),
      ...(port !== 0 && { 'x-port': port }),
    };
    return { channel, operations: this.#operations };
  }

  #receive(handler: DescribedHandler): void {
    const id = this.#names.take(`receive.${nameOf(handler.event, 'event')}`);
    const name = `${this.id}.${id}`;
    const { description } = handler;
    const returned = this.#schemas.schemaOf(handler.returns, 'output', `${name}.ack`);
    this.#messages.set(id, { name: handler.event, ...this.#payloadOf(handler.arguments, name) });
    this.#operations.set(name, {
      action: 'receive',
      channel: this.#reference,
      ...(description !== undefined && { description }),
      messages: [this.#messageReference(id)],
      ...this.#replyOf(handler, id, returned),
      ...this.#secured,
    });
    for (const { event, template, toSender } of handler.emissions) {
      const emission = this.#emission(event);
      if (!emission.returned.some((each) => isSame(each, returned))) emission.returned.push(returned);
      emission.notes.push(`To the members of \`${template}\`${toSender ? '' : ', but for the sender'}.`);
    }
  }

  #send(event: string, { declared, returned, notes }: Emission): void {
    const id = this.#names.take(`send.${nameOf(event, 'event')}`);
    const payload = declared ?? (returned.length === 1 ? returned[0]! : { anyOf: returned });
    this.#messages.set(id, { name: event, payload });
    this.#operations.set(`${this.id}.${id}`, {
      action: 'send',
      channel: this.#reference,
      ...(notes.length > 0 && { description: [...new Set(notes)].join('\n\n') }),
      messages: [this.#messageReference(id)],
      ...this.#secured,
    });
  }

  #replyOf(
    { event, answer, answersErrors }: DescribedHandler,
    id: string,
    returned: JsonSchema,
  ): Pick<AsyncApiOperation, 'reply'> {
    if (answer === 'none') return {};
    const { ackStyle, errors } = this.#answers;
    const error = answersErrors && errors !== 'event' ? this.#schemas.add('ErrorAnswer', errorAnswer) : undefined;
    const style = answer === 'styled' ? ackStyle : 'raw';
    const payload = answers[style](answer === 'manual' ? {} : returned, error);
    const replyId = `${id}.ack`;
    this.#messages.set(replyId, { name: event, payload, ...(style === 'errorFirst' && { 'x-arguments': true }) });
    return { reply: { channel: this.#reference, messages: [this.#messageReference(replyId)] } };
  }

  #payloadOf({ types, isList }: EventArguments, name: string): Pick<AsyncApiMessage, 'payload' | 'x-arguments'> {
    const items = types.map((type) => this.#argument(type, name));
    if (isList) return { payload: { type: 'array', ...(items.length > 0 && { items }) }, 'x-arguments': true };
    return items.length === 0 ? {} : { payload: items[0]! };
  }

  #argument({ type, properties, roomValues }: ArgumentType, name: string): JsonSchema {
    const whole = this.#schemas.schemaOf(type, 'input', name);
    if (!isOpen(whole) || (properties.size === 0 && roomValues.length === 0)) return whole;
    const schema: ObjectSchema = { type: 'object', properties: {} };
    for (const [property, each] of properties) {
      schema.properties[property] = this.#schemas.schemaOf(each, 'input', `${name}.${nameOf(property, 'value')}`);
    }
    for (const keys of roomValues) requireValue(schema, keys);
    return { ...schema };
  }

  #emission(event: string): Emission {
    let emission = this.#emissions.get(event);
    if (emission === undefined) {
      emission = { declared: undefined, returned: [], notes: [] };
      this.#emissions.set(event, emission);
    }
    return emission;
  }

  get #reference(): AsyncApiReference {
    return { $ref: `#/channels/${this.id}` };
  }

  get #secured(): Pick<AsyncApiOperation, 'security'> {
    return this.#security === undefined ? {} : { security: this.#security };
  }

  #messageReference(id: string): AsyncApiReference {
    return { $ref: `#/channels/${this.id}/messages/${id}` };
  }
}

/** What the styles of answers look like, for a value and an error. */
const answers: Readonly<Record<AnswerStyleName, (value: JsonSchema, error: JsonSchema | undefined) => JsonSchema>> = {
  raw: (value, error) => (error === undefined || isOpen(value) ? value : { anyOf: [value, error] }),
  envelope: (data, error) => {
    const success = envelope(true, { data });
    return error === undefined ? success : { oneOf: [success, envelope(false, { error })] };
  },
  errorFirst: (value, error) => {
    const success = { type: 'array', items: [{ type: 'null' }, value] };
    return error === undefined ? success : { oneOf: [success, { type: 'array', items: [error] }] };
  },
};

function envelope(ok: boolean, content: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const properties = { ok: { type: 'boolean', const: ok }, ...content };
  return { type: 'object', properties, required: Object.keys(properties) };
}

/** Says that a room is named with a value: it has to be there, a text or a number. */
function requireValue(schema: ObjectSchema, [key, ...rest]: readonly string[]): void {
  if (key === undefined) return;
  schema.required = [...new Set([...(schema.required ?? []), key])];
  const before = schema.properties[key] ?? {};
  if (rest.length === 0) {
    if (isOpen(before)) schema.properties[key] = { type: ['string', 'number'] };
    return;
  }
  if (!isOpen(before) && !isObjectSchema(before)) return;
  const inner: ObjectSchema = isObjectSchema(before) ? before : { type: 'object', properties: {} };
  schema.properties[key] = inner as unknown as JsonSchema;
  requireValue(inner, rest);
}

function isObjectSchema(schema: unknown): schema is ObjectSchema {
  return (schema as ObjectSchema).type === 'object' && typeof (schema as ObjectSchema).properties === 'object';
}
