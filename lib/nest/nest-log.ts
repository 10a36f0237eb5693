import { Logger } from '@nestjs/common';
import type { LogSink, ServerOptions } from '../server/index.js';

/** Has a server write to Nest's logger, where the options say nothing else. */
export function withLog<Options extends ServerOptions>(options: Options): Options {
  return { ...options, log: options.log ?? nestLog() };
}

function nestLog(): LogSink {
  const logger = new Logger('SocketIo');
  return {
    warn: (message) => logger.warn(message),
    error: (message, stack) => logger.error(message, stack),
  };
}
