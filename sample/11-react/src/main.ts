import 'reflect-metadata';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';

const app = await NestFactory.create<NestExpressApplication>(AppModule);
// The page as Vite has built it. In development Vite serves it, and hands on what is for Socket.IO.
app.useStaticAssets(join(import.meta.dirname, 'page'));
app.enableShutdownHooks();
const port = Number(process.env['PORT'] ?? 3000);
await app.listen(port);
console.log(`The talk is on http://localhost:${port}`);
