import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { cors } from './cors.js';

const app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter());
app.enableCors(cors);
app.enableShutdownHooks();
const port = Number(process.env['PORT'] ?? 3000);
// Fastify listens on every address of `localhost`, as a rule 127.0.0.1 and ::1; for other machines, name 0.0.0.0 or ::.
await app.listen(port, 'localhost');
const servers = app.getHttpAdapter().getInstance().addresses() as AddressInfo[];
const addresses = servers.map(({ address }) => address);
console.log(`The chat is on http://localhost:${port}, at ${addresses.join(' and ')}`);
