import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import { loggedEvent, type LoggedEvent } from './logged-event.js';
import { moduleLogContext } from './module-log-context.js';

/**
 * The console logger of Nest, whose lines tell in which event of which socket they were written.
 *
 * Needs the option `context`. Lines have `/chat send <socket> <id>` behind their context; with `json: true`, they have an
 * `event` with `{ id, event, namespace, socket }`. For `NestFactory.create(AppModule, { logger: new SocketLogger() })`.
 */
export class SocketLogger extends ConsoleLogger {
  protected override formatContext(context: string): string {
    const formatted = super.formatContext(context);
    // The module's own lines name their event in any logger.
    const event = context === moduleLogContext ? undefined : loggedEvent();
    return event === undefined
      ? formatted
      : `${formatted}[${event.namespace} ${event.event} ${event.socket} ${event.id}] `;
  }

  protected override getJsonLogObject(
    message: unknown,
    options: { context: string; logLevel: LogLevel; errorStack?: unknown },
  ): ReturnType<ConsoleLogger['getJsonLogObject']> & { event?: LoggedEvent } {
    const event = loggedEvent();
    return { ...super.getJsonLogObject(message, options), ...(event !== undefined && { event }) };
  }
}
