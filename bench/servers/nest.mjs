import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createGateway } from './nest-gateway.mjs';

/**
 * Starts an application with one gateway, on express and a free port.
 *
 * @param decorators what decorates the gateway.
 * @param {object[]} imports modules.
 * @param {(app: object) => object} createAdapter makes the WebSocket adapter; none for the module's own.
 */
export async function startNest(decorators, imports, createAdapter) {
  class BenchModule {}
  Module({ imports, providers: [createGateway(decorators)] })(BenchModule);
  const app = await NestFactory.create(BenchModule, { logger: ['error'] });
  if (createAdapter !== undefined) app.useWebSocketAdapter(createAdapter(app));
  await app.listen(0, '127.0.0.1');
  return { port: app.getHttpServer().address().port, counters: { operations: 0 } };
}
