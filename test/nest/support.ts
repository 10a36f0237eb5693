import type { AddressInfo } from 'node:net';
import type { INestApplication, LoggerService, ModuleMetadata } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { SocketIoModule, type SocketIoModuleOptions } from '../../lib/index.js';
import { Clients } from '../support/clients.js';

/** Keeps what is logged. */
export class RecordingLogger implements LoggerService {
  readonly errors: unknown[][] = [];
  readonly warnings: unknown[][] = [];
  log(): void {}
  debug(): void {}
  verbose(): void {}
  error(...line: unknown[]): void {
    this.errors.push(line);
  }
  warn(...line: unknown[]): void {
    this.warnings.push(line);
  }
}

/** A running application with its clients. */
export interface TestApp {
  readonly app: INestApplication;
  readonly clients: Clients;
  readonly logger: RecordingLogger;
  readonly url: string;
  close(): Promise<void>;
}

/** What a test application is made of. */
export interface TestAppOptions extends ModuleMetadata {
  readonly options?: SocketIoModuleOptions;
  readonly platform?: 'express' | 'fastify';
  configure?(app: INestApplication): void;
}

/** Starts an application on a free port. */
export async function startApp({
  options = {},
  platform = 'express',
  configure,
  ...metadata
}: TestAppOptions): Promise<TestApp> {
  const logger = new RecordingLogger();
  const module = await Test.createTestingModule({
    ...metadata,
    imports: [SocketIoModule.forRoot(options), ...(metadata.imports ?? [])],
  })
    .setLogger(logger)
    .compile();
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = module.createNestApplication(adapter as never, { logger });
  configure?.(app);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const clients = new Clients(() => url);
  return {
    app,
    clients,
    logger,
    url,
    close: async () => {
      clients.close();
      await app.close();
    },
  };
}
