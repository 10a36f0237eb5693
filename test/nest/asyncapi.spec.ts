import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  Ack,
  Arg,
  Args,
  createAsyncApiDocument,
  EmitTo,
  MessageBody,
  Namespace,
  NamespaceAuth,
  OnConnect,
  RoomGuard,
  serveAsyncApi,
  SubscribeAck,
  SubscribeAny,
  SubscribeMessage,
  WebSocketGateway,
  type AsyncApiDocument,
  type AsyncApiOptions,
  type NamespaceAuthOptions,
} from '../../lib/index.js';
import {
  Ack as NestAck,
  MessageBody as NestBody,
  SubscribeMessage as NestSubscribe,
  WebSocketGateway as NestGateway,
} from '@nestjs/websockets';
import { assertAsyncApi, documentOf, fits, payloadOf } from './asyncapi-support.js';
import { startApp } from './support.js';

const error = { $ref: '#/components/schemas/ErrorAnswer' };

describe('a document of AsyncAPI', () => {
  it('has a channel for each namespace, with the parts of its name as parameters', async () => {
    @WebSocketGateway({ description: 'Everything else.' })
    class RootGateway {}
    @WebSocketGateway()
    @Namespace('org/:org/team/:team')
    class TeamGateway {}
    @WebSocketGateway({ namespace: /^\/room-\d+$/ })
    class PatternGateway {}
    const { channels } = await documentOf({ providers: [TeamGateway, PatternGateway, RootGateway] });
    expect(channels).toMatchObject({
      root: { address: '/', description: 'Everything else.' },
      org_org_team_team: { address: '/org/{org}/team/{team}', parameters: { org: {}, team: {} } },
      'room-_d': { address: null, title: '/^\\/room-\\d+$/', 'x-pattern': '^\\/room-\\d+$' },
    });
    expect(Object.keys(channels)).toEqual(['org_org_team_team', 'room-_d', 'root']);
  });

  it('has an operation for each event that is handled, with what it is for', async () => {
    @WebSocketGateway({ namespace: '/chat' })
    class Gateway {
      @SubscribeMessage('message:send', { description: 'Says something.' })
      send(@MessageBody() text: string): void {
        void text;
      }
      @SubscribeAny()
      any(): void {}
    }
    const document = await documentOf({ providers: [Gateway] });
    expect(document.operations['chat.receive.message_send']).toEqual({
      action: 'receive',
      channel: { $ref: '#/channels/chat' },
      description: 'Says something.',
      messages: [{ $ref: '#/channels/chat/messages/receive.message_send' }],
    });
    expect(document.channels['chat']!.messages['receive.message_send']).toEqual({
      name: 'message:send',
      payload: { type: 'string' },
    });
    expect(Object.keys(document.operations)).toEqual(['chat.receive.message_send', 'chat.send.exception']);
  });

  it('tells events apart whose names differ in signs alone, and handlers that share one', async () => {
    @WebSocketGateway()
    class Gateway {
      @SubscribeMessage('a:b')
      one(): void {}
      @SubscribeMessage('a.b')
      two(): void {}
      @SubscribeMessage('a.b')
      three(): void {}
      @SubscribeMessage('::')
      four(): void {}
    }
    const { operations, channels } = await documentOf({ providers: [Gateway] });
    const received = Object.keys(operations).filter((name) => name.startsWith('root.receive'));
    const ids = ['receive.a_b', 'receive.a_b2', 'receive.a_b3', 'receive.event'];
    expect(received).toEqual(ids.map((id) => `root.${id}`));
    expect(ids.map((id) => channels['root']!.messages[id]!.name)).toEqual(['a.b', 'a.b', 'a:b', '::']);
  });

  it('lists the arguments of an event that has several', async () => {
    @WebSocketGateway()
    class Gateway {
      @SubscribeMessage('two')
      two(@Arg(2) flag: boolean, @Arg(0) count: number): void {
        void [flag, count];
      }
      @SubscribeMessage('all')
      all(@Args() all: unknown[]): void {
        void all;
      }
      @SubscribeMessage('none')
      none(): void {}
    }
    const { channels } = await documentOf({ providers: [Gateway] });
    expect(channels['root']!.messages).toMatchObject({
      'receive.two': {
        payload: { type: 'array', items: [{ type: 'number' }, {}, { type: 'boolean' }] },
        'x-arguments': true,
      },
      'receive.all': { payload: { type: 'array' }, 'x-arguments': true },
    });
    expect(channels['root']!.messages['receive.none']).toEqual({ name: 'none' });
  });

  it('knows properties that parameters read, and those that rooms are named with', async () => {
    @WebSocketGateway()
    class Gateway {
      @SubscribeMessage('rename')
      @RoomGuard('room:{room.id}:{name}')
      rename(@MessageBody('name') name: string, @MessageBody('times') times: number): void {
        void [name, times];
      }
    }
    const document = await documentOf({ providers: [Gateway] });
    expect(payloadOf(document, 'root.receive.rename')).toEqual({
      type: 'object',
      properties: {
        name: { type: 'string' },
        times: { type: 'number' },
        room: { type: 'object', properties: { id: { type: ['string', 'number'] } }, required: ['id'] },
      },
      required: ['room', 'name'],
    });
  });

  it('is the same whatever is found first', async () => {
    class Value {}
    @WebSocketGateway({ namespace: '/b', emits: { z: String, a: Number } })
    class BGateway {
      @SubscribeAck('event')
      event(@MessageBody() value: Value): Value {
        return value;
      }
    }
    @WebSocketGateway({ namespace: '/a' })
    class AGateway {
      @SubscribeAck('event')
      event(): void {}
    }
    @WebSocketGateway({ namespace: '/a' })
    class AnotherGateway {
      @SubscribeAck('event', { description: 'Another.' })
      event(): void {}
    }
    const one = await documentOf({ providers: [AGateway, AnotherGateway, BGateway] });
    const other = await documentOf({ providers: [BGateway, AnotherGateway, AGateway] });
    expect(JSON.stringify(other)).toBe(JSON.stringify(one));
    expect(one.operations['a.receive.event2']).toMatchObject({ description: 'Another.' });
  });
});

describe('the ack in a document', () => {
  @WebSocketGateway()
  class Gateway {
    @SubscribeAck('always')
    always(): number {
      return 1;
    }
    @SubscribeAck('later', { returns: [String] })
    async later(): Promise<string[]> {
      return [];
    }
    @SubscribeMessage('value')
    value(): number {
      return 1;
    }
    @SubscribeMessage('nothing')
    nothing(): void {}
    @SubscribeMessage('manual')
    manual(@Ack() ack: () => void): void {
      ack();
    }
  }
  const providers = [Gateway];

  it('of @SubscribeAck() is the envelope', async () => {
    const document = await documentOf({ providers });
    const schema = payloadOf(document, 'root.receive.always', 'ack');
    expect(fits(document, schema, { ok: true, data: 1 })).toBe(true);
    expect(fits(document, schema, { ok: true, data: 'no' })).toBe(false);
    expect(fits(document, schema, { ok: false, error: { status: 400, message: 'no' } })).toBe(true);
    expect(fits(document, schema, { ok: false, error: 'no' })).toBe(false);
    expect(document.operations['root.receive.always']!.reply).toEqual({
      channel: { $ref: '#/channels/root' },
      messages: [{ $ref: '#/channels/root/messages/receive.always.ack' }],
    });
  });

  it('has the type that `returns` says, where a method returns a promise', async () => {
    const document = await documentOf({ providers });
    const schema = payloadOf(document, 'root.receive.later', 'ack');
    expect(fits(document, schema, { ok: true, data: ['a'] })).toBe(true);
    expect(fits(document, schema, { ok: true, data: [1] })).toBe(false);
  });

  it('is as the options of the module have it', async () => {
    const raw = await documentOf({ providers, module: { ackStyle: 'raw' } });
    expect(payloadOf(raw, 'root.receive.always', 'ack')).toEqual({ anyOf: [{ type: 'number' }, error] });

    const errorFirst = await documentOf({ providers, module: { ackStyle: 'errorFirst' } });
    expect(errorFirst.channels['root']!.messages['receive.always.ack']).toEqual({
      name: 'always',
      payload: {
        oneOf: [
          { type: 'array', items: [{ type: 'null' }, { type: 'number' }] },
          { type: 'array', items: [error] },
        ],
      },
      'x-arguments': true,
    });

    const withEvents = await documentOf({ providers, module: { errors: 'event' } });
    const schema = payloadOf(withEvents, 'root.receive.always', 'ack');
    expect(fits(withEvents, schema, { ok: false, error: { status: 400, message: 'no' } })).toBe(false);
  });

  it('of @SubscribeMessage() is the value or the error, open where the method answers, and none for nothing', async () => {
    const document = await documentOf({ providers });
    expect(payloadOf(document, 'root.receive.value', 'ack')).toEqual({ anyOf: [{ type: 'number' }, error] });
    expect(payloadOf(document, 'root.receive.manual', 'ack')).toEqual({});
    expect(document.operations['root.receive.nothing']!.reply).toBeUndefined();
  });
});

describe('what is sent, in a document', () => {
  it('is what @EmitTo() sends, to whom', async () => {
    @WebSocketGateway()
    class Gateway {
      @SubscribeMessage('say')
      @EmitTo('room:lobby', 'said')
      say(@MessageBody() text: string): string {
        return text;
      }
      @SubscribeMessage('count')
      @EmitTo('room:{roomId}', 'said', { includeSender: true })
      count(): number {
        return 1;
      }
    }
    const document = await documentOf({ providers: [Gateway] });
    expect(payloadOf(document, 'root.send.said')).toEqual({ anyOf: [{ type: 'number' }, { type: 'string' }] });
    expect(document.operations['root.send.said']).toMatchObject({
      action: 'send',
      description: 'To the members of `room:{roomId}`.\n\nTo the members of `room:lobby`, but for the sender.',
    });
  });

  it('is what a gateway declares, before what its methods tell', async () => {
    @WebSocketGateway({ emits: { said: { type: 'string', minLength: 1 }, left: [Number] } })
    class Gateway {
      @SubscribeMessage('say')
      @EmitTo('room:lobby', 'said')
      say(): object {
        return {};
      }
    }
    const document = await documentOf({ providers: [Gateway] });
    expect(payloadOf(document, 'root.send.said')).toEqual({ type: 'string', minLength: 1 });
    expect(payloadOf(document, 'root.send.left')).toEqual({ type: 'array', items: { type: 'number' } });
  });

  it('is what the options declare for services, in namespaces without a gateway too', async () => {
    @WebSocketGateway({ namespace: '/chat' })
    class Gateway {}
    const emits = { chat: { announcement: String }, '/news/:topic': { news: Number } };
    const document = await documentOf({ providers: [Gateway], document: { emits } });
    expect(payloadOf(document, 'chat.send.announcement')).toEqual({ type: 'string' });
    expect(payloadOf(document, 'news_topic.send.news')).toEqual({ type: 'number' });
    expect(document.channels['news_topic']).toMatchObject({ address: '/news/{topic}', parameters: { topic: {} } });
  });

  it('has the exception event of our gateways', async () => {
    @WebSocketGateway()
    class Gateway {
      @OnConnect()
      connect(): void {}
    }
    const document = await documentOf({ providers: [Gateway] });
    const schema = payloadOf(document, 'root.send.exception');
    expect(fits(document, schema, { status: 403, message: 'Forbidden', event: 'send' })).toBe(true);
    expect(fits(document, schema, { message: 'Forbidden' })).toBe(false);
  });
});

describe('an untouched gateway in a document', () => {
  it('has its events, payloads and answers', async () => {
    @NestGateway({ namespace: 'old' })
    class Gateway {
      @NestSubscribe('say')
      say(@NestBody() text: string): boolean {
        return text !== '';
      }
      @NestSubscribe('classic')
      classic(_socket: object, count: number): void {
        void count;
      }
      @NestSubscribe('manual')
      manual(@NestAck() ack: () => void): void {
        ack();
      }
    }
    const document = await documentOf({ providers: [Gateway] });
    expect(document.channels).toMatchObject({ old: { address: '/old' } });
    expect(payloadOf(document, 'old.receive.say')).toEqual({ type: 'string' });
    expect(payloadOf(document, 'old.receive.say', 'ack')).toEqual({ type: 'boolean' });
    expect(payloadOf(document, 'old.receive.classic')).toEqual({ type: 'number' });
    expect(payloadOf(document, 'old.receive.manual', 'ack')).toEqual({});
    expect(Object.keys(document.operations)).toEqual(['old.receive.classic', 'old.receive.manual', 'old.receive.say']);
  });

  it('has a channel of its own on a port of its own', async () => {
    @NestGateway(4321, { namespace: /^\/r/ })
    class PortGateway {}
    @NestGateway()
    class Gateway {}
    const { channels } = await documentOf({ providers: [PortGateway, Gateway] });
    expect(channels).toMatchObject({
      'r-4321': { address: null, 'x-port': 4321, 'x-pattern': '^\\/r' },
      root: { address: '/' },
    });
  });
});

describe('who may enter, in a document', () => {
  function guarded(strategies: string | string[], options?: NamespaceAuthOptions): new () => object {
    @WebSocketGateway({ emits: { news: String } })
    @NamespaceAuth(strategies, options)
    class Gateway {}
    return Gateway;
  }
  async function securityOf(
    strategies: string | string[],
    options?: NamespaceAuthOptions,
    document?: Partial<AsyncApiOptions>,
  ): Promise<{ schemes: unknown; required: unknown }> {
    const made = await documentOf({ providers: [guarded(strategies, options)], ...(document && { document }) });
    return { schemes: made.components.securitySchemes, required: made.operations['root.send.news']!.security };
  }

  it('is who has a bearer token, for jwt', async () => {
    expect(await securityOf('jwt')).toEqual({
      schemes: {
        jwt: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'The strategy jwt of passport, with a token from the `Authorization` header, or `auth.token` of the handshake.',
        },
      },
      required: [{ $ref: '#/components/securitySchemes/jwt' }],
    });
  });

  it('is whom one of several strategies knows', async () => {
    const { schemes, required } = await securityOf(['local', 'api key']);
    expect(schemes).toMatchObject({ local: { type: 'userPassword' }, api_key: { type: 'http', scheme: 'bearer' } });
    expect(required).toEqual([
      { $ref: '#/components/securitySchemes/local' },
      { $ref: '#/components/securitySchemes/api_key' },
    ]);
  });

  it.each<[string, NamespaceAuthOptions['tokenFrom'], object]>([
    ['a cookie', ['cookie:sid'], { type: 'httpApiKey', in: 'cookie', name: 'sid' }],
    ['the query', ['query:t'], { type: 'httpApiKey', in: 'query', name: 't' }],
    ['elsewhere', [() => 'a'], { type: 'apiKey', in: 'user' }],
  ])('is who has a token from %s', async (_where, tokenFrom, scheme) => {
    const { schemes } = await securityOf('jwt', { tokenFrom: tokenFrom! });
    expect(schemes).toMatchObject({ jwt: scheme });
  });

  it('is anybody, where it is optional', async () => {
    expect((await securityOf('jwt', { optional: true })).required).toBeUndefined();
  });

  it('is what the options say of a strategy', async () => {
    const oauth = { type: 'openIdConnect', openIdConnectUrl: 'https://id.example.com/.well-known' };
    expect((await securityOf('oidc', {}, { securitySchemes: { oidc: oauth } })).schemes).toEqual({ oidc: oauth });
  });
});

describe('the options of a document', () => {
  it('say what it is of, and where it is served', async () => {
    const document = await documentOf({
      module: { path: '/live' },
      document: {
        title: 'Chat',
        version: '2.1.0',
        description: 'Talk.',
        termsOfService: 'https://example.com/terms',
        contact: { name: 'Ann' },
        license: { name: 'MIT' },
        servers: {
          production: { host: 'chat.example.com', protocol: 'wss' },
          local: { host: 'localhost:3000', protocol: 'ws', pathname: '/other/' },
        },
      },
    });
    expect(document.info).toEqual({
      title: 'Chat',
      version: '2.1.0',
      description: 'Talk.',
      termsOfService: 'https://example.com/terms',
      contact: { name: 'Ann' },
      license: { name: 'MIT' },
    });
    expect(document.servers).toEqual({
      local: { host: 'localhost:3000', protocol: 'ws', pathname: '/other/' },
      production: { host: 'chat.example.com', protocol: 'wss', pathname: '/live/' },
    });
  });

  it.each([[{ title: '' }], [{ version: undefined as never }]])('need a title and a version: %j', async (document) => {
    await expect(documentOf({ document })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining(`needs a ${Object.keys(document)[0]}`),
    });
  });

  it('refuse an application without the module', async () => {
    const app = await Test.createTestingModule({}).compile();
    await expect(createAsyncApiDocument(app, { title: 'a', version: '1' })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('SocketIoModule'),
    });
  });

  it.each([
    ['`emits` of a gateway', 'INVALID_GATEWAY', /emits\.news of Gateway/, { gateway: { news: undefined } }],
    ['`returns` of a handler', 'INVALID_GATEWAY', /returns of "event" of Gateway/, { returns: [] }],
    ['`emits` of the options', 'INVALID_OPTION', /emits\["\/a"\]\.news/, { options: { '/a': { news: 'text' } } }],
  ])(
    'and %s have to be types',
    async (_where, code, message, { gateway, returns, options }: Record<string, unknown>) => {
      @WebSocketGateway({ emits: (gateway ?? {}) as never })
      class Gateway {
        @SubscribeAck('event', { returns: returns as never })
        event(): void {}
      }
      const document = { emits: options as never };
      await expect(documentOf({ providers: [Gateway], document })).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message as RegExp),
      });
    },
  );
});

describe('a document that is served', () => {
  @WebSocketGateway()
  class Gateway {
    @SubscribeAck('event')
    event(): void {}
  }

  it.each(['express', 'fastify'] as const)('is JSON, on %s', async (platform) => {
    const document = await documentOf({ providers: [Gateway] });
    await using running = await startApp({
      platform,
      providers: [Gateway],
      configure: (app) => serveAsyncApi(app, '/asyncapi.json', document),
    });
    const answer = await fetch(`${running.url}/asyncapi.json`);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await answer.json()).toEqual(document);
  });

  it('is of an application that runs just as well, which is not warned again', async () => {
    @Module({ providers: [Gateway] })
    class FirstModule {}
    @Module({ providers: [Gateway] })
    class SecondModule {}
    await using running = await startApp({ imports: [FirstModule, SecondModule] });
    const document = await createAsyncApiDocument(running.app, { title: 'Chat', version: '1.0' });
    assertAsyncApi(document);
    expect(Object.keys(document.operations)).toEqual(['root.receive.event', 'root.send.exception']);
    expect(running.logger.warnings).toHaveLength(1);
  });

  it('has a path that begins with a slash', async () => {
    const configure = (app: Parameters<typeof serveAsyncApi>[0]): void =>
      serveAsyncApi(app, 'asyncapi.json', {} as AsyncApiDocument);
    await expect(startApp({ configure })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});
