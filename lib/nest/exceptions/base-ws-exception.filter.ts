import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { answerFor, internalAnswer } from './error-answer.js';
import type { ErrorAnswer } from './ws.exception.js';

/**
 * A filter to extend: what it returns is the error that the client is told.
 *
 * As it stands it tells what the package itself would tell, without logging.
 */
export class BaseWsExceptionFilter<Exception = unknown> implements ExceptionFilter<Exception> {
  catch(exception: Exception, _host: ArgumentsHost): ErrorAnswer {
    return answerFor(exception) ?? internalAnswer();
  }
}
