import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { clusterize } from 'rookery/node-cluster';
import { AppModule } from './app.module.js';

async function bootstrap() {
  const app = await NestFactory.create(AppModule);
  const port = Number(process.env['PORT'] ?? 3000);
  await app.listen(port);
  console.log(`Worker ${process.pid} serves http://localhost:${port}`);
  return app;
}

await clusterize(bootstrap, { workers: Number(process.env['WORKERS'] ?? 4) });
