import { Catch, NotFoundException, type ExceptionFilter } from '@nestjs/common';
import type { ErrorAnswer } from 'rookery';

/** Puts a code next to the message, for clients that translate. */
@Catch(NotFoundException)
export class OrderErrorsFilter implements ExceptionFilter<NotFoundException> {
  catch(exception: NotFoundException): ErrorAnswer {
    return { status: exception.getStatus(), message: exception.message, code: 'UNKNOWN_ORDER' };
  }
}
