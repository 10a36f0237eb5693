import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { WorkerModule } from './worker.module.js';

// No HTTP server, no port.
const app = await NestFactory.createApplicationContext(WorkerModule);
app.enableShutdownHooks();
console.log(`Worker ${process.pid} waits for reports`);
