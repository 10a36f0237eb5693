import { Injectable } from '@nestjs/common';
import type { LoadedGateway } from '../pipeline/loaded-gateway.js';
import type { HandlerArgs } from '../pipeline/event-call.js';

/** What the room decorators of one method ask for. */
export interface RoomRules {
  /** Refuses, or does what has to be done before the method; a promise only where a policy is asked. */
  before(args: HandlerArgs): void | Promise<void>;
  /** Does what has to be done with what the method returned, once it has succeeded. */
  after(args: HandlerArgs, value: unknown): void | Promise<void>;
}

/** Compiles the room decorators of methods; templates are checked when the application starts. */
@Injectable()
export class RoomRulesCompiler {
  /** `undefined` for a method without room decorators. */
  compile(_gateway: LoadedGateway, _methodName: string): RoomRules | undefined {
    return undefined;
  }
}
