import type { LoggerService } from '@nestjs/common';
import type { DisconnectReason, Socket } from '../../server/index.js';
import type { Hook } from '../decorators/metadata.js';
import { emitException, logError, tellError, toldOf } from '../exceptions/error-report.js';
import type { ContextCreators } from '../../nest-common/index.js';
import type { LoadedGateway } from '../pipeline/loaded-gateway.js';
import { isThenable } from '../pipeline/thenable.js';
import { FilteredError, GatewayHook } from './gateway-hook.js';
import type { RunningHooks } from './running-hooks.js';

/** The hooks of all gateways of one namespace. */
export class SocketHooks {
  readonly #hooks: Readonly<Record<Hook, readonly GatewayHook[]>>;
  readonly #running: RunningHooks;
  readonly #logger: LoggerService;

  constructor(
    creators: ContextCreators,
    gateways: readonly LoadedGateway[],
    running: RunningHooks,
    logger: LoggerService,
  ) {
    const of = (hook: Hook): GatewayHook[] =>
      gateways.flatMap((loaded) =>
        loaded.gateway.hooks[hook].map((methodName) => new GatewayHook(creators, loaded, methodName)),
      );
    this.#hooks = { connect: of('connect'), disconnecting: of('disconnecting'), disconnect: of('disconnect') };
    this.#running = running;
    this.#logger = logger;
  }

  has(hook: Hook): boolean {
    return this.#hooks[hook].length > 0;
  }

  /** Calls the hooks in order; a promise only where one of them returns one. Never rejects. */
  connect(socket: Socket, from = 0): Promise<void> | undefined {
    const hooks = this.#hooks.connect;
    try {
      for (let index = from; index < hooks.length; index++) {
        const result = hooks[index]!.call({ socket, event: 'connection', args: [] });
        if (!isThenable(result)) continue;
        return Promise.resolve(result).then(
          () => this.connect(socket, index + 1),
          (error: unknown) => this.#refuse(socket, error),
        );
      }
    } catch (error) {
      this.#refuse(socket, error);
    }
    return undefined;
  }

  /** Calls all hooks, whatever becomes of one; shutdown waits for their promises. */
  leave(hook: 'disconnecting' | 'disconnect', socket: Socket, reason: DisconnectReason, description?: unknown): void {
    const failed = (error: unknown): void => {
      // Nobody is there to be told what a filter says.
      if (!(error instanceof FilteredError)) logError(this.#logger, 'disconnect', error);
    };
    for (const each of this.#hooks[hook]) {
      try {
        const result = each.call({ socket, event: hook, args: [reason, description] });
        if (isThenable(result)) this.#running.add(Promise.resolve(result).catch(failed));
      } catch (error) {
        failed(error);
      }
    }
  }

  #refuse(socket: Socket, error: unknown): void {
    try {
      const answer = error instanceof FilteredError ? error.answer : toldOf(this.#logger, 'connection', error);
      if (answer === undefined) return;
      tellError(this.#logger, 'connection', answer, (told) => emitException(socket, 'connection', told));
    } finally {
      // A client that is refused does not stay, whatever becomes of the message.
      socket.disconnect();
    }
  }
}
