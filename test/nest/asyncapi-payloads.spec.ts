import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import {
  MessageBody as NestBody,
  SubscribeMessage as NestSubscribe,
  WebSocketGateway as NestGateway,
} from '@nestjs/websockets';
import { Transform, Type } from 'class-transformer';
import {
  Allow,
  ArrayMaxSize,
  ArrayMinSize,
  ArrayNotEmpty,
  ArrayUnique,
  Contains,
  Equals,
  IsArray,
  IsBoolean,
  IsDate,
  IsDateString,
  IsDefined,
  IsEmail,
  IsEnum,
  IsIn,
  IsInt,
  IsIP,
  IsMobilePhone,
  IsNotEmpty,
  IsNotEmptyObject,
  IsNotIn,
  IsNumber,
  IsObject,
  IsOptional,
  IsPositive,
  IsString,
  IsUrl,
  IsUUID,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { z } from 'zod';
import {
  Arg,
  MessageBody,
  SubscribeAck,
  WebSocketGateway,
  type AsyncApiDocument,
  type JsonSchema,
  type PayloadClass,
  type PayloadType,
  type StandardSchema,
} from '../../lib/index.js';
import { documentOf, fits, payloadOf } from './asyncapi-support.js';

/** The document of a gateway that sends one event, `sent`, and receives one, `received`. */
function documentWith(sent: PayloadType, received?: StandardSchema): Promise<AsyncApiDocument> {
  @WebSocketGateway({ emits: { sent } })
  class Gateway {
    @SubscribeAck('received', received === undefined ? {} : { schema: received })
    received(): void {}
  }
  return documentOf({ providers: [Gateway] });
}

/** What becomes of a class; its component has the class's name. */
async function componentOf(type: PayloadClass): Promise<JsonSchema> {
  const { components } = await documentWith(type);
  return components.schemas![type.name]!;
}

async function propertiesOf(type: PayloadClass): Promise<Record<string, JsonSchema>> {
  return (await componentOf(type))['properties'] as Record<string, JsonSchema>;
}

describe('a Standard Schema in a document', () => {
  it('is what a client sends for events that are received, and what comes of it for those that are sent', async () => {
    const schema = z.object({ id: z.uuid(), count: z.number().int().min(1).default(1) });
    const document = await documentWith(schema, schema);
    const received = payloadOf(document, 'root.receive.received');
    expect(received).toMatchObject({ type: 'object', required: ['id'] });
    expect(received).not.toHaveProperty('$schema');
    expect(payloadOf(document, 'root.send.sent')).toMatchObject({ required: ['id', 'count'] });
    expect(fits(document, received, { id: 'no' })).toBe(false);
  });

  it('counts in @MessageBody() and in @Arg(), and in the decorators of untouched gateways that take one', async () => {
    const schema = z.string().min(3);
    @WebSocketGateway()
    class Gateway {
      @SubscribeAck('body')
      body(@MessageBody({ schema }) text: string): void {
        void text;
      }
      @SubscribeAck('property')
      property(@MessageBody('name', { schema }) name: string): void {
        void name;
      }
      @SubscribeAck('arg')
      arg(@Arg(0, { schema }) text: string): void {
        void text;
      }
    }
    @NestGateway()
    class NestsGateway {
      @NestSubscribe('theirs')
      theirs(@NestBody() text: string): void {
        void text;
      }
    }
    const params = Reflect.getMetadata('__routeArguments__', NestsGateway, 'theirs') as Record<string, object>;
    // As Nest 12 leaves what its decorator is given.
    Object.assign(params['3:0']!, { schema });
    const document = await documentOf({ providers: [Gateway, NestsGateway] });
    const expected = { type: 'string', minLength: 3 };
    expect(payloadOf(document, 'root.receive.body')).toEqual(expected);
    expect(payloadOf(document, 'root.receive.arg')).toEqual(expected);
    expect(payloadOf(document, 'root.receive.theirs')).toEqual(expected);
    expect(payloadOf(document, 'root.receive.property')).toEqual({ type: 'object', properties: { name: expected } });
  });

  it('may refer to itself and to others, and stands once', async () => {
    interface Tree {
      readonly children: readonly Tree[];
    }
    const tree: z.ZodType<Tree> = z.object({ children: z.array(z.lazy(() => tree)) });
    const user = z.object({ name: z.string() }).meta({ id: 'Asyncapi/User' });
    const document = await documentWith([z.object({ user, tree })], z.object({ author: user, reader: user }));
    const sent = payloadOf(document, 'root.send.sent');
    const value = { user: { name: 'Ann' }, tree: { children: [{ children: [] }] } };
    expect(fits(document, sent, [value])).toBe(true);
    expect(fits(document, sent, [{ ...value, tree: { children: [{}] } }])).toBe(false);
    const received = payloadOf(document, 'root.receive.received');
    expect(fits(document, received, { author: { name: 'Ann' }, reader: { name: 'Bob' } })).toBe(true);
    expect(fits(document, received, { author: { name: 'Ann' }, reader: {} })).toBe(false);
    expect(JSON.stringify(received).match(/#\/components\/schemas\/Asyncapi_User/g)).toHaveLength(2);
    const root: z.ZodType<Tree> = z.object({ children: z.array(z.lazy(() => root)) });
    const recursive = await documentWith(root);
    expect(payloadOf(recursive, 'root.send.sent')).toEqual({ $ref: '#/components/schemas/root.send.sent' });
    expect(fits(recursive, payloadOf(recursive, 'root.send.sent'), { children: [{ children: [1] }] })).toBe(false);
  });

  it('of the same name and another content is another component', async () => {
    const definitions = (type: string): JsonSchema => ({
      $ref: '#/definitions/Same',
      definitions: { Same: { type, description: 'One of two.' } },
    });
    @WebSocketGateway({ emits: { a: definitions('string'), b: definitions('number'), c: definitions('string') } })
    class Gateway {}
    const document = await documentOf({ providers: [Gateway] });
    expect(document.components.schemas).toMatchObject({ Same: { type: 'string' }, Same2: { type: 'number' } });
    expect(document.components.schemas).not.toHaveProperty('Same3');
    expect(payloadOf(document, 'root.send.c')).toEqual({ $ref: '#/components/schemas/Same' });
  });

  it('is open where JSON Schema has no word for a part of it, with a note that says why', async () => {
    const document = await documentWith(z.object({ at: z.date(), text: z.string() }));
    expect(payloadOf(document, 'root.send.sent')).toMatchObject({
      description: expect.stringMatching(/^Not described in full: .*Date/),
      properties: { at: {}, text: { type: 'string' } },
    });
  });

  it.each<[string, object | undefined]>([
    ['offers no JSON Schema', undefined],
    ['fails to make one', { input: fail, output: fail }],
  ])('is open where it %s', async (_what, jsonSchema) => {
    const validate = (value: unknown): { value: unknown } => ({ value });
    const schema = { '~standard': { version: 1, vendor: 'other', validate, jsonSchema } } as StandardSchema;
    expect(payloadOf(await documentWith(schema), 'root.send.sent')).toEqual({
      description: expect.stringMatching(/^Not described in full: .+/),
    });
  });

  it('and a JSON Schema that is no JSON are open, too', async () => {
    const circle: Record<string, unknown> = {};
    circle['properties'] = circle;
    expect(payloadOf(await documentWith(circle), 'root.send.sent')).toEqual({
      description: expect.stringMatching(/circular/),
    });
  });
});

describe('a type in a document', () => {
  it.each<[PayloadClass, JsonSchema]>([
    [String, { type: 'string' }],
    [Number, { type: 'number' }],
    [Boolean, { type: 'boolean' }],
    [Array, { type: 'array' }],
    [Date, { type: 'string', format: 'date-time' }],
    [Buffer, { type: 'string', format: 'binary' }],
    [Uint8Array, { type: 'string', format: 'binary' }],
    [Object, {}],
    [Promise, {}],
  ])('of the language, %p, is what JSON makes of it', async (type, schema) => {
    expect(payloadOf(await documentWith(type), 'root.send.sent')).toEqual(schema);
  });

  it('that nothing is known of is an object', async () => {
    class Plain {}
    expect(await componentOf(Plain)).toEqual({ type: 'object' });
  });
});

enum Level {
  Low,
  High,
}

describe('a class of class-validator in a document', () => {
  it('has the types of its properties, and asks for those that are not optional', async () => {
    class Dto {
      @IsString() text: string;
      @IsInt() whole: number;
      @IsNumber() number: number;
      @IsBoolean() flag: boolean;
      @IsObject() object: object;
      @IsDate() date: Date;
      @IsDefined() defined: string;
      @IsString() @IsOptional() optional?: string;
      @IsString() @ValidateIf(() => false) sometimes?: string;
      @Allow() allowed?: number;
    }
    expect(await componentOf(Dto)).toEqual({
      type: 'object',
      properties: {
        text: { type: 'string' },
        whole: { type: 'integer' },
        number: { type: 'number' },
        flag: { type: 'boolean' },
        object: { type: 'object' },
        date: { type: 'string', format: 'date-time' },
        defined: { type: 'string' },
        optional: { type: 'string' },
        sometimes: { type: 'string' },
        allowed: { type: 'number' },
      },
      required: ['text', 'whole', 'number', 'flag', 'object', 'date', 'defined'],
    });
  });

  it('has limits of texts and numbers, the tighter of two', async () => {
    class Dto {
      @Length(2, 9) @MinLength(3) @MaxLength(12) text: string;
      @Min(1) @Max(5) @IsPositive() number: number;
      @IsNotEmpty() filled: string;
      @IsNotEmpty() there: number;
      @Matches(/^a/) @Matches(/z$/) pattern: string;
      @Matches(/^a/i) anyCase: string;
      @Contains('a.b') contains: string;
    }
    expect(await propertiesOf(Dto)).toEqual({
      text: { type: 'string', minLength: 3, maxLength: 9 },
      number: { type: 'number', minimum: 1, maximum: 5, exclusiveMinimum: 0 },
      filled: { type: 'string', minLength: 1 },
      there: { type: 'number' },
      pattern: { type: 'string', allOf: [{ pattern: expect.any(String) }], pattern: expect.any(String) },
      anyCase: { type: 'string', description: 'Matches /^a/i' },
      contains: { type: 'string', pattern: 'a\\.b' },
    });
  });

  it('has formats and values', async () => {
    class Dto {
      @IsEmail() email: string;
      @IsUUID() uuid: string;
      @IsUrl() url: string;
      @IsIP(4) ip: string;
      @IsDateString() date: string;
      @IsMobilePhone() phone: unknown;
      @IsEnum(Level) level: Level;
      @IsIn(['a', 'b']) one: string;
      @IsNotIn(['c']) other: string;
      @Equals('yes') exactly: string;
      @IsNotEmptyObject() object: object;
      @IsIn([1n]) unspeakable: bigint;
    }
    expect(await propertiesOf(Dto)).toEqual({
      email: { type: 'string', format: 'email' },
      uuid: { type: 'string', format: 'uuid' },
      url: { type: 'string', format: 'uri' },
      ip: { type: 'string', format: 'ipv4' },
      date: { type: 'string', anyOf: [{ format: 'date' }, { format: 'date-time' }] },
      phone: { type: 'string' },
      level: { type: 'number', enum: [0, 1] },
      one: { type: 'string', enum: ['a', 'b'] },
      other: { type: 'string', not: { enum: ['c'] } },
      exactly: { type: 'string', const: 'yes' },
      object: { type: 'object', minProperties: 1 },
      unspeakable: {},
    });
  });

  it('has lists, with what is true of each value', async () => {
    class Dto {
      @IsString({ each: true }) @MaxLength(5, { each: true }) tags: string[];
      @IsArray() @ArrayMinSize(1) @ArrayMaxSize(3) @ArrayUnique() few: unknown[];
      @ArrayNotEmpty() some: unknown[];
      @IsNotEmpty({ each: true }) @IsString({ each: true }) filled: string[];
    }
    expect(await propertiesOf(Dto)).toEqual({
      tags: { type: 'array', items: { type: 'string', maxLength: 5 } },
      few: { type: 'array', minItems: 1, maxItems: 3, uniqueItems: true },
      some: { type: 'array', minItems: 1 },
      filled: { type: 'array', items: { type: 'string', minLength: 1 } },
    });
  });

  it('has other classes, and itself', async () => {
    class Author {
      @IsString() name: string;
    }
    class Comment {
      @ValidateNested() author: Author;
      @ValidateNested() @IsNotEmptyObject() @IsOptional() editor?: Author;
      @ValidateNested({ each: true }) @Type(() => Comment) @ArrayMaxSize(9) answers: Comment[];
      @ValidateNested() @Type(() => Author) reader: object;
      @ValidateNested() unknown: object;
    }
    const document = await documentWith([Comment]);
    const author = { $ref: '#/components/schemas/Author' };
    expect(document.components.schemas!['Comment']).toMatchObject({
      properties: {
        author,
        editor: { allOf: [author, { minProperties: 1 }] },
        answers: { type: 'array', items: { $ref: '#/components/schemas/Comment' }, maxItems: 9 },
        reader: author,
        unknown: {},
      },
    });
    const schema = payloadOf(document, 'root.send.sent');
    const comment = { author: { name: 'Ann' }, answers: [], reader: { name: 'Bob' }, unknown: {} };
    expect(fits(document, schema, [{ ...comment, answers: [comment] }])).toBe(true);
    expect(fits(document, schema, [{ ...comment, answers: [{}] }])).toBe(false);
  });

  it('has the properties of the class that it extends first, and its own rules in their place', async () => {
    class Base {
      @IsUUID() id: string;
      @MaxLength(10) text: string;
    }
    class Dto extends Base {
      @IsString() own: string;
      @MinLength(1) override text: string;
    }
    const properties = await propertiesOf(Dto);
    expect(Object.entries(properties)).toEqual([
      ['id', { type: 'string', format: 'uuid' }],
      ['own', { type: 'string' }],
      ['text', { type: 'string', minLength: 1 }],
    ]);
  });

  it('is described where its elements cannot be made of nothing', async () => {
    class Fussy {
      constructor(options: { readonly name: string }) {
        options.name.trim();
      }
    }
    class Dto {
      @ValidateNested({ each: true }) @Type(() => Fussy) fussy: Fussy[];
      @Transform(({ value }: { value: string }) => value.trim()) @ValidateNested() trimmed: object;
    }
    expect(await propertiesOf(Dto)).toEqual({ fussy: { type: 'array' }, trimmed: {} });
  });

  it('with a name that another has, gets another', async () => {
    const classes = [String, Number].map((type) => {
      class Same {
        value: unknown;
      }
      Reflect.decorate([Allow()], Same.prototype, 'value');
      Reflect.defineMetadata('design:type', type, Same.prototype, 'value');
      return Same;
    });
    @WebSocketGateway({ emits: { a: classes[0]!, b: classes[1]! } })
    class Gateway {}
    const { components } = await documentOf({ providers: [Gateway] });
    expect(components.schemas).toMatchObject({
      Same: { properties: { value: { type: 'string' } } },
      Same2: { properties: { value: { type: 'number' } } },
    });
  });
});

function fail(): never {
  throw new Error('there is no word for it');
}
