import { describe, expect, it, jest } from '@jest/globals';
import 'reflect-metadata';

jest.unstable_mockModule('passport', () => {
  throw Object.assign(new Error("Cannot find package 'passport'"), { code: 'ERR_MODULE_NOT_FOUND' });
});
const { NamespaceAuth, WebSocketGateway } = await import('../../lib/index.js');
const { bootError, startApp } = await import('./support.js');

describe('an application without passport', () => {
  it('does not start with @NamespaceAuth(), and says what to install', async () => {
    @WebSocketGateway()
    @NamespaceAuth('jwt')
    class Gateway {}
    expect(await bootError({ providers: [Gateway] })).toMatchObject({
      code: 'INVALID_GATEWAY',
      message: '@NamespaceAuth() of Gateway needs the package passport: npm install passport',
      cause: expect.objectContaining({ code: 'ERR_MODULE_NOT_FOUND' }),
    });
  });

  it('starts without it', async () => {
    await using running = await startApp({});
    await running.clients.connect();
  });
});
