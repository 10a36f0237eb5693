export type { PostgresAdapterOptions, PostgresRecoveryOptions } from './options.js';
export type { PgClient, PgPool, PgResult } from './pg-client.js';
export { postgresAdapter } from './postgres-adapter.js';
