export type { PostgresAdapterOptions, PostgresDeliveryLogOptions, PostgresRecoveryOptions } from './options.js';
export type { PgClient, PgListener, PgPool, PgResult } from './pg-client.js';
export { postgresAdapter } from './postgres-adapter.js';
