import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Test } from '@nestjs/testing';
import type { ModuleMetadata } from '@nestjs/common';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import {
  createAsyncApiDocument,
  SocketIoModule,
  type AsyncApiDocument,
  type AsyncApiOptions,
  type JsonSchema,
  type SocketIoModuleOptions,
} from '../../lib/index.js';

const specs = createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.0.0-without-$id.json');
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
addFormats.default(ajv);
const isAsyncApi = ajv.compile(JSON.parse(readFileSync(specs, 'utf8')) as object);

/** What an application without a port is made of. */
export interface DocumentedApp extends ModuleMetadata {
  readonly module?: SocketIoModuleOptions;
  readonly document?: Partial<AsyncApiOptions>;
}

/** The document of an application, which has to be what AsyncAPI says it is. */
export async function documentOf({ module, document, ...metadata }: DocumentedApp): Promise<AsyncApiDocument> {
  const app = await Test.createTestingModule({
    ...metadata,
    imports: [SocketIoModule.forRoot(module), ...(metadata.imports ?? [])],
  }).compile();
  try {
    const made = await createAsyncApiDocument(app, { title: 'Chat', version: '1.0', ...document });
    assertAsyncApi(made);
    return made;
  } finally {
    await app.close();
  }
}

/** Fails where a document is no AsyncAPI, by its official schema, or refers to what is not there. */
export function assertAsyncApi(document: object): void {
  if (!isAsyncApi(document)) throw new Error(ajv.errorsText(isAsyncApi.errors, { separator: '\n' }));
  JSON.stringify(document, (key, value: unknown) => {
    if (key === '$ref' && typeof value === 'string') at(document, value);
    return value;
  });
}

/** What a reference leads to. */
export function at(document: object, reference: string): unknown {
  let value: unknown = document;
  for (const key of reference.replace('#/', '').split('/')) {
    value = (value as Record<string, unknown>)[key.replaceAll('~1', '/').replaceAll('~0', '~')];
    if (value === undefined) throw new Error(`There is no ${reference}`);
  }
  return value;
}

/** The payload of a message, by the name of its operation. */
export function payloadOf(document: AsyncApiDocument, operation: string, part: 'event' | 'ack' = 'event'): JsonSchema {
  const { messages, reply } = document.operations[operation]!;
  const [reference] = part === 'event' ? messages : reply!.messages;
  return (at(document, reference!.$ref) as { payload: JsonSchema }).payload;
}

/** Whether a value is what a schema of a document says. */
export function fits(document: AsyncApiDocument, schema: JsonSchema, value: unknown): boolean {
  return ajv.validate({ ...schema, components: document.components }, value);
}
