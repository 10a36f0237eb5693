import { Module } from '@nestjs/common';
import { SocketIoModule } from 'rookery';
import { NameMiddleware } from './name.middleware.js';
import { RedisModule } from './redis.module.js';
import { ReportQueue } from './report-queue.service.js';
import { ReportsGateway } from './reports.gateway.js';

/** Has the clients. */
@Module({
  imports: [RedisModule, SocketIoModule.forRootAsync({ imports: [RedisModule], useFactory: () => ({}) })],
  providers: [NameMiddleware, ReportQueue, ReportsGateway],
})
export class AppModule {}
