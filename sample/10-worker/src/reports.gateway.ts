import { BadRequestException } from '@nestjs/common';
import {
  CurrentUser,
  MessageBody,
  PublicNamespace,
  SubscribeAck,
  UseNamespaceMiddleware,
  WebSocketGateway,
} from 'rookery';
import { NameMiddleware } from './name.middleware.js';
import { ReportQueue } from './report-queue.service.js';

/** Takes orders; whatever comes of them, workers tell the user themselves. */
@WebSocketGateway()
@PublicNamespace()
@UseNamespaceMiddleware(NameMiddleware)
export class ReportsGateway {
  constructor(private readonly queue: ReportQueue) {}

  @SubscribeAck('order')
  async order(@CurrentUser('id') user: string, @MessageBody('title') title: unknown): Promise<{ report: number }> {
    if (typeof title !== 'string' || title === '') throw new BadRequestException('A report has a title');
    return { report: await this.queue.add(user, title.slice(0, 100)) };
  }
}
