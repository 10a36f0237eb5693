import base from './jest.config.mjs';

/** The specs of the Nest layer, on the packages of compat/nest11. @type {import('jest').Config} */
export default {
  ...base,
  displayName: 'nest11',
  testMatch: [
    '<rootDir>/test/nest/**/*.spec.ts',
    '<rootDir>/test/nest-common/**/*.spec.ts',
    '<rootDir>/test/nest-testing/**/*.spec.ts',
    '<rootDir>/test/nest-client/**/*.spec.ts',
    '<rootDir>/test/docs/**/*.spec.ts',
  ],
  // Nothing of Nest is in these.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/docs/(links|faults|proxies|scaling)\\.spec\\.ts$'],
  moduleNameMapper: {
    ...base.moduleNameMapper,
    '^@nestjs/(common|core|testing|websockets|platform-express|platform-fastify)(/.*)?$':
      '<rootDir>/compat/nest11/node_modules/@nestjs/$1$2',
    '^(reflect-metadata|rxjs|class-validator|class-transformer)(/.*)?$': '<rootDir>/compat/nest11/node_modules/$1$2',
  },
};
