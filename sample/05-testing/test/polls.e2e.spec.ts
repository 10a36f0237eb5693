import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AddressInfo, Server as NetServer } from 'node:net';
import 'reflect-metadata';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { io } from 'socket.io-client';
import { AppModule } from '../src/app.module.js';

describe('the polls, over a port', () => {
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = module.createNestApplication();
    await app.listen(0, '127.0.0.1');
    const { port } = (app.getHttpServer() as NetServer).address() as AddressInfo;
    url = `http://127.0.0.1:${port}`;
  });
  afterAll(() => app.close());

  it.each(['polling', 'websocket'])('are for the published client, over %s', async (transport) => {
    const socket = io(`${url}/polls`, { transports: [transport], auth: { name: transport }, forceNew: true });
    expect(await socket.emitWithAck('vote', 'lunch', 'soup')).toMatchObject({ ok: true });
    socket.disconnect();
  });

  it('are not for who has no name', async () => {
    const socket = io(`${url}/polls`, { forceNew: true, reconnection: false });
    const refused = await new Promise<Error>((resolve) => {
      socket.once('connect_error', resolve);
    });
    expect(refused).toMatchObject({ message: 'Who are you?', data: { status: 401 } });
    socket.disconnect();
  });
});
