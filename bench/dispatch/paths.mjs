import 'reflect-metadata';
import { EventEmitter } from 'node:events';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IoAdapter } from '@nestjs/platform-socket.io';
import * as nestDecorators from '@nestjs/websockets';
import * as rookery from 'rookery';
import { Server } from 'rookery/server';
import { createGateways, events, payload, RequestState } from './gateways.mjs';

/**
 * @typedef {object} Path One way from a decoded event to its ack.
 * @property {string} layer whose it is.
 * @property {string} handler what stands around the handler.
 * @property {(ack: (...args: unknown[]) => void) => void} emit hands one event in.
 */

/** A socket as far as a layer above it knows one: an id, and events. */
class BenchSocket extends EventEmitter {
  id = 'bench';
  connected = true;
  handshake = { auth: {} };
  data = {};
}

/**
 * Starts an application per layer, none of which listens.
 *
 * @returns {Promise<{ paths: Path[], close: () => Promise<void> }>}
 */
export async function openPaths() {
  const gateway = await startGateway();
  const dropIn = await startUntouched('drop-in', (emitter) => new DropInAdapter(emitter));
  const nest = await startUntouched('nest', (emitter) => new PlatformAdapter(emitter));
  const apps = [gateway, dropIn, nest];
  return {
    paths: [bare(), ...apps.flatMap(({ paths }) => paths)],
    close: async () => {
      for (const { app } of apps) await app.close();
    },
  };
}

/** The method and the ack, called by hand: what no layer can go below. */
function bare() {
  const { BenchGateway } = createGateways(nestDecorators);
  const gateway = new BenchGateway();
  const socket = new BenchSocket();
  return {
    layer: 'bare',
    handler: 'plain',
    emit: (ack) => {
      const args = ['plain', payload, ack];
      args[2](gateway.plain(args[1], socket));
    },
  };
}

/** Our gateways: from the namespace's dispatcher on. */
async function startGateway() {
  const { BenchGateway, RequestScopedGateway } = createGateways(rookery);
  const app = await start({
    imports: [rookery.SocketIoModule.forRoot({ log: false, defaultAccess: 'allow' })],
    providers: [BenchGateway, RequestScopedGateway, RequestState],
  });
  const namespace = app.get(rookery.SOCKET_IO_SERVER).of('/bench');
  const socket = Object.assign(new BenchSocket(), { nsp: namespace });
  const paths = events.map((event) => ({
    layer: 'gateway',
    handler: event,
    emit: (ack) => {
      namespace.dispatchToApplication(socket, [event, payload, ack]);
    },
  }));
  return { app, paths };
}

/** Gateways of `@nestjs/websockets` behind an adapter: from the socket's own `emit` on, as both servers call it. */
async function startUntouched(layer, createAdapter) {
  const { BenchGateway, RequestScopedGateway } = createGateways(nestDecorators);
  const server = new EventEmitter();
  const app = await start({ providers: [BenchGateway, RequestScopedGateway, RequestState] }, createAdapter(server));
  const socket = new BenchSocket();
  server.emit('connection', socket);
  const paths = events.map((event) => ({
    layer,
    handler: event,
    emit: (ack) => {
      socket.emit(...[event, payload, ack]);
    },
  }));
  return { app, paths };
}

/** The adapter of the module, on a server that is none. */
class DropInAdapter extends rookery.SocketIoAdapter {
  #emitter;

  constructor(emitter) {
    super(new Server());
    this.#emitter = emitter;
  }
  create() {
    return this.#emitter;
  }
}

/** The adapter of `@nestjs/platform-socket.io`, on a server that is none. */
class PlatformAdapter extends IoAdapter {
  #emitter;

  constructor(emitter) {
    super();
    this.#emitter = emitter;
  }
  create() {
    return this.#emitter;
  }
}

async function start(metadata, adapter) {
  class BenchModule {}
  Module(metadata)(BenchModule);
  const app = await NestFactory.create(BenchModule, { logger: ['error'] });
  if (adapter !== undefined) app.useWebSocketAdapter(adapter);
  return app.init();
}
