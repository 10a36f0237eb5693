import type { NestMiddleware, Type } from '@nestjs/common';

/** A middleware of connect's shape: of Express, `express-session`, `helmet` and many more. */
// The border to the application: each framework has types of its own for the request.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type ConnectMiddleware = (request: any, response: any, next: (error?: any) => void) => unknown;

/** A middleware for requests and upgrades: a function, or Nest's `NestMiddleware`, as an instance or a class. */
export type EngineMiddleware = ConnectMiddleware | NestMiddleware | Type<NestMiddleware>;
