import { describe, expect, it, jest } from '@jest/globals';
import { EngineServer, type EngineOptions } from '../../lib/engine/index.js';

describe('engine options', () => {
  it('have the defaults that clients know', () => {
    expect(new EngineServer().opts).toMatchObject({
      pingInterval: 25_000,
      pingTimeout: 20_000,
      upgradeTimeout: 10_000,
      maxHttpBufferSize: 1_000_000,
      transports: ['polling', 'websocket'],
      allowUpgrades: true,
      perMessageDeflate: false,
      httpCompression: { threshold: 1_024 },
      cookie: false,
      cors: false,
    });
  });

  it.each<[EngineOptions, object]>([
    [{ perMessageDeflate: true }, { perMessageDeflate: { threshold: 1_024 } }],
    [{ perMessageDeflate: { threshold: 1 } }, { perMessageDeflate: { threshold: 1 } }],
    [{ httpCompression: true }, { httpCompression: { threshold: 1_024 } }],
    [{ httpCompression: {} }, { httpCompression: { threshold: 1_024 } }],
    [{ httpCompression: false }, { httpCompression: false }],
  ])('%j fill in what is missing', (options, resolved) => {
    expect(new EngineServer(options).opts).toMatchObject(resolved);
  });

  it.each([
    ['pingInterval', 0],
    ['pingTimeout', -1],
    ['upgradeTimeout', Number.NaN],
    ['maxHttpBufferSize', '1e6'],
    ['transports', ['carrier pigeon']],
    ['transports', ['__proto__']],
  ])('%s: %j is refused when the engine is made', (name, value) => {
    expect(() => new EngineServer({ [name]: value } as EngineOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(name) as unknown }),
    );
  });

  it('throw what the application throws on a later tick where nobody takes it', () => {
    const nextTick = jest.spyOn(process, 'nextTick').mockImplementation(() => {});
    new EngineServer().opts.onError(new Error('boom'));
    const [[later]] = nextTick.mock.calls as unknown as [[() => void]];
    nextTick.mockRestore();
    expect(later).toThrow('boom');
  });

  it('know the numbers of the errors and their texts', () => {
    expect(EngineServer.errors).toEqual({
      UNKNOWN_TRANSPORT: 0,
      UNKNOWN_SID: 1,
      BAD_HANDSHAKE_METHOD: 2,
      BAD_REQUEST: 3,
      FORBIDDEN: 4,
      UNSUPPORTED_PROTOCOL_VERSION: 5,
    });
    expect(Object.values(EngineServer.errorMessages)).toHaveLength(6);
  });
});
