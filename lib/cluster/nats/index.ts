export { natsAdapter } from './nats-adapter.js';
export type { NatsConnection, NatsMessage, NatsSubscription } from './nats-connection.js';
export type { NatsAdapterOptions, NatsRecoveryOptions, NatsStorageOptions } from './options.js';
