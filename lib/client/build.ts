import type { BaseEngine } from './base-engine.js';
import type { BaseSocket, SocketManager } from './base-socket.js';
import type { EngineBuild } from './engine-build.js';
import type { EngineHandler } from './engine-events.js';
import type { EngineOptions, SocketOptions } from './options.js';
import type { CodecFactory } from './parser.js';

/** What one build of the client is made of; what is not in it, a bundler leaves out. */
export interface Build extends EngineBuild {
  readonly Engine: new (options: EngineOptions, build: EngineBuild, handler: EngineHandler) => BaseEngine;
  readonly Socket: new (manager: SocketManager, namespace: string, options?: SocketOptions) => BaseSocket;
  readonly codec: CodecFactory;
}
