import { Module } from '@nestjs/common';
import { EmitterModule } from 'rookery';
import { RedisModule } from './redis.module.js';
import { ReportQueue } from './report-queue.service.js';
import { ReportWriter } from './report-writer.service.js';

/** Has the work: `EmitterModule` in the place of `SocketIoModule`. */
@Module({
  imports: [RedisModule, EmitterModule.forRootAsync({ imports: [RedisModule], useFactory: () => ({}) })],
  providers: [ReportQueue, ReportWriter],
})
export class WorkerModule {}
