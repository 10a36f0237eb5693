import 'reflect-metadata';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';

const app = await NestFactory.create<NestExpressApplication>(AppModule);
// The pages, as they are: nothing is built. The client they load is served by the module, below /socket.io.
app.useStaticAssets(join(process.cwd(), 'sample', '12-html', 'public'), { index: 'ask.html', extensions: ['html'] });
app.enableShutdownHooks();
const port = Number(process.env['PORT'] ?? 3000);
await app.listen(port);
console.log(`Ask on http://localhost:${port}, answer on http://localhost:${port}/desk`);
