import type { INestApplicationContext } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { RookeryError, type Server } from '../../server/index.js';
import { GatewayExplorer } from '../pipeline/gateway-explorer.js';
import { patternOf, type NamespacePattern } from '../pipeline/namespace-pattern.js';
import { isSchema } from '../pipeline/standard-schema.js';
import type { SocketIoModuleOptions } from '../socketio.options.js';
import { SOCKET_IO_OPTIONS, SOCKET_IO_SERVER } from '../socketio.tokens.js';
import { ChannelBuilder, type AnswerOptions } from './channel-builder.js';
import { ClassReader } from './class-reader.js';
import {
  describeNestGateways,
  describeOwn,
  namespaceOf,
  type DescribedGateway,
  type DescribedNamespace,
} from './described-gateway.js';
import type { AsyncApiDocument, AsyncApiInfo, AsyncApiOperation, AsyncApiServer } from './document.js';
import { compare, nameOf, Names, sorted } from './names.js';
import type { AsyncApiOptions } from './options.js';
import { SchemaComponents } from './schema-components.js';
import { SecuritySchemes } from './security-schemes.js';

/** A namespace with its gateways; none, where services alone send to it. */
interface NamespaceGroup {
  readonly namespace: DescribedNamespace;
  readonly gateways: DescribedGateway[];
}

/** What is read of an application. */
interface ReadApplication {
  readonly gateways: readonly DescribedGateway[];
  readonly server: Server;
  readonly answers: AnswerOptions;
}

/**
 * Describes the events of an application as a document of AsyncAPI 3.0, from the metadata of its gateways.
 *
 * A namespace is a channel, an event that a gateway handles an operation `receive`, its ack the `reply`, and what it
 * sends an operation `send`. Payloads are those of schemas, of classes with decorators of class-validator, and of types
 * that a compiler leaves; where nothing is known they are open. It reads only, before or after the application starts.
 *
 * @throws RookeryError `INVALID_OPTION` for options, or an application, that it cannot work with; `INVALID_GATEWAY` for a
 * gateway that could not start, or whose `emits` and `returns` are no types.
 */
export async function createAsyncApiDocument(
  app: INestApplicationContext,
  options: AsyncApiOptions,
): Promise<AsyncApiDocument> {
  const info = infoOf(options);
  const { gateways, server, answers } = await read(app);
  for (const gateway of gateways) checkTypes(gateway);
  const schemas = new SchemaComponents(await ClassReader.load());
  const security = new SecuritySchemes(options.securitySchemes ?? {});

  const names = new Names();
  const built = groupsOf(gateways, options.emits ?? {}).map(({ namespace, gateways: members }) => {
    const auth = members.find((gateway) => gateway.auth !== undefined)?.auth;
    const secured = auth && security.of(auth);
    const builder = new ChannelBuilder(names.take(channelName(namespace)), namespace, schemas, secured, answers);
    for (const gateway of members) builder.addGateway(gateway);
    builder.declare(emitsFor(options, namespace));
    return { id: builder.id, ...builder.build() };
  });
  const operations = built.flatMap((each): [string, AsyncApiOperation][] => [...each.operations]);
  const components = { schemas: schemas.all(), securitySchemes: security.all() };
  const { servers } = options;
  return {
    asyncapi: '3.0.0',
    info,
    defaultContentType: 'application/json',
    ...(servers !== undefined && { servers: serversOf(servers, server) }),
    channels: sorted(built.map(({ id, channel }) => [id, channel])),
    operations: sorted(operations),
    components: Object.fromEntries(Object.entries(components).filter(([, each]) => Object.keys(each).length > 0)),
  };
}

async function read(app: INestApplicationContext): Promise<ReadApplication> {
  let explorer: GatewayExplorer;
  try {
    explorer = app.get(GatewayExplorer, { strict: false });
  } catch (error) {
    const problem = 'createAsyncApiDocument() needs an application that imports SocketIoModule';
    throw new RookeryError('INVALID_OPTION', problem, { cause: error });
  }
  const modules = app.get(ModulesContainer, { strict: false });
  const options = app.get<SocketIoModuleOptions>(SOCKET_IO_OPTIONS, { strict: false });
  const { ackStyle = 'envelope', errors = 'ack' } = options;
  const gateways = [...(await explorer.explore()).map(describeOwn), ...describeNestGateways(modules)];
  return {
    gateways: gateways.sort((a, b) => compare(a.className, b.className)),
    server: app.get<Server>(SOCKET_IO_SERVER, { strict: false }),
    answers: { ackStyle, errors },
  };
}

/** One for each namespace, in order; several gateways share it where they name it alike. */
function groupsOf(
  gateways: readonly DescribedGateway[],
  emits: NonNullable<AsyncApiOptions['emits']>,
): NamespaceGroup[] {
  const groups = new Map<string, NamespaceGroup>();
  const groupOf = (namespace: DescribedNamespace): NamespaceGroup => {
    const key = keyOf(namespace);
    const group = groups.get(key) ?? { namespace, gateways: [] };
    groups.set(key, group);
    return group;
  };
  for (const gateway of gateways) groupOf(gateway.namespace).gateways.push(gateway);
  for (const [name, events] of Object.entries(emits)) {
    for (const [event, type] of Object.entries(events)) {
      if (!isPayloadType(type)) throw new RookeryError('INVALID_OPTION', noType(`emits["${name}"].${event}`));
    }
    groupOf(namespaceOf(name, patternOf(name)));
  }
  return [...groups].sort(([a], [b]) => compare(a, b)).map(([, group]) => group);
}

function emitsFor({ emits = {} }: AsyncApiOptions, namespace: DescribedNamespace): Record<string, never> {
  const own = Object.entries(emits).filter(([name]) => keyOf(namespaceOf(name, patternOf(name))) === keyOf(namespace));
  return Object.assign({}, ...own.map(([, events]) => events)) as Record<string, never>;
}

function keyOf({ pattern, port }: DescribedNamespace): string {
  return `${String(pattern)} ${port}`;
}

function nameOfPattern(pattern: NamespacePattern): string {
  if (typeof pattern === 'function') return pattern.name;
  return pattern instanceof RegExp ? pattern.source : pattern;
}

function channelName({ address, pattern, port }: DescribedNamespace): string {
  const name = nameOf(address ?? nameOfPattern(pattern), 'root');
  return port === 0 ? name : `${name}-${port}`;
}

function infoOf({ title, version, description, termsOfService, contact, license }: AsyncApiOptions): AsyncApiInfo {
  for (const [name, value] of Object.entries({ title, version })) {
    if (typeof value === 'string' && value !== '') continue;
    throw new RookeryError('INVALID_OPTION', `createAsyncApiDocument() needs a ${name}: a text`);
  }
  return {
    title,
    version,
    ...(description !== undefined && { description }),
    ...(termsOfService !== undefined && { termsOfService }),
    ...(contact !== undefined && { contact }),
    ...(license !== undefined && { license }),
  };
}

function serversOf(servers: Readonly<Record<string, AsyncApiServer>>, server: Server): Record<string, AsyncApiServer> {
  return sorted(Object.entries(servers).map(([name, each]) => [name, { pathname: `${server.path()}/`, ...each }]));
}

function checkTypes({ className, emits, handlers }: DescribedGateway): void {
  for (const [event, type] of Object.entries(emits)) {
    if (!isPayloadType(type)) throw new RookeryError('INVALID_GATEWAY', noType(`emits.${event} of ${className}`));
  }
  for (const { event, declaredReturn } of handlers) {
    if (declaredReturn === undefined || isPayloadType(declaredReturn)) continue;
    throw new RookeryError('INVALID_GATEWAY', noType(`returns of "${event}" of ${className}`));
  }
}

/** What is not there may be a class of a file that imports this one. */
function noType(place: string): string {
  return `${place} is no schema, no class and no JSON Schema, nor an array of one of them`;
}

function isPayloadType(type: unknown): boolean {
  if (Array.isArray(type)) return type.length === 1 && !Array.isArray(type[0]) && isPayloadType(type[0]);
  return isSchema(type) || typeof type === 'function' || (typeof type === 'object' && type !== null);
}
