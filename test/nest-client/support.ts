import type { DynamicModule, INestApplication, Provider } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { RecordingLogger } from '../nest/support.js';

/** An application that is a client. */
export interface Consumer {
  readonly logger: RecordingLogger;
  get<T>(token: unknown): T;
  close(): Promise<void>;
}

/** Starts an application that consumes. @param prepare what is done to it before it starts. */
export async function consume(
  modules: DynamicModule[],
  providers: Provider[] = [],
  prepare: (app: INestApplication) => void = () => {},
): Promise<Consumer> {
  const logger = new RecordingLogger();
  const module = await Test.createTestingModule({ imports: modules, providers }).setLogger(logger).compile();
  const app = module.createNestApplication({ logger });
  prepare(app);
  try {
    await app.init();
  } catch (error) {
    await app.close().catch(() => {});
    throw error;
  }
  return { logger, get: (token) => app.get(token as never), close: () => app.close() };
}
