import type { ResolvedPostgresOptions } from './options.js';

/** The tables of an adapter, and how they are made. */
export interface Schema {
  readonly attachments: string;
  readonly messages: string;
  readonly positions: string;
  readonly sessions: string;
  /** Each table with the statements that make it. */
  readonly definitions: readonly (readonly [table: string, definition: string])[];
}

export function schemaOf({ tableName, recovery }: ResolvedPostgresOptions): Schema {
  const prefix = recovery?.tablePrefix ?? '';
  const [attachments, messages, positions, sessions] = [
    tableName,
    `${prefix}_messages`,
    `${prefix}_positions`,
    `${prefix}_sessions`,
  ];
  const attached = [
    attachments,
    // As published adapters document it.
    `CREATE TABLE ${attachments} (id bigserial UNIQUE, created_at timestamptz DEFAULT now(), payload bytea)`,
  ] as const;
  const kept = [
    [
      positions,
      // How many messages of a channel there have been: whoever writes one holds the row until that is done, so that
      // the numbers of messages have no gaps, and are seen in their order.
      `CREATE TABLE ${positions} (
        channel text PRIMARY KEY,
        last bigint NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      )`,
    ],
    [
      messages,
      // A node numbers what it sends: what it sends again is refused.
      `CREATE TABLE ${messages} (
        channel text NOT NULL,
        id bigint NOT NULL,
        uid text NOT NULL,
        number bigint NOT NULL,
        type smallint NOT NULL,
        payload bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (channel, id),
        UNIQUE (channel, uid, number)
      );
      CREATE INDEX ON ${messages} (created_at)`,
    ],
    [
      sessions,
      `CREATE TABLE ${sessions} (
        channel text NOT NULL,
        pid text NOT NULL,
        payload bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (channel, pid)
      )`,
    ],
  ] as const;
  const definitions = recovery === undefined ? [attached] : [attached, ...kept];
  return { attachments, messages, positions, sessions, definitions };
}

/** The tables of a delivery log, and how they are made. */
export interface DeliverySchema {
  readonly streams: string;
  readonly deliveries: string;
  /** Each table with the statements that make it. */
  readonly definitions: Schema['definitions'];
}

export function deliverySchemaOf({ deliveryLog: { tablePrefix } }: ResolvedPostgresOptions): DeliverySchema {
  const [streams, deliveries] = [`${tablePrefix}_streams`, `${tablePrefix}_deliveries`];
  const definitions = [
    [
      streams,
      // The head of each stream: whoever appends holds the row until that is done, so that numbers have no gaps.
      `CREATE TABLE ${streams} (
        channel text NOT NULL,
        stream text NOT NULL,
        epoch bigint NOT NULL,
        last bigint NOT NULL,
        expires_at timestamptz NOT NULL,
        PRIMARY KEY (channel, stream)
      );
      CREATE INDEX ON ${streams} (expires_at)`,
    ],
    [
      deliveries,
      `CREATE TABLE ${deliveries} (
        channel text NOT NULL,
        stream text NOT NULL,
        epoch bigint NOT NULL,
        number bigint NOT NULL,
        payload bytea NOT NULL,
        expires_at timestamptz NOT NULL,
        PRIMARY KEY (channel, stream, epoch, number)
      );
      CREATE INDEX ON ${deliveries} (expires_at)`,
    ],
  ] as const;
  return { streams, deliveries, definitions };
}

/** Statements that make a table where there is none; nodes that start together wait for each other. */
export function creation(table: string, definition: string): string {
  return `DO $rookery$ BEGIN
    IF to_regclass('${table}') IS NULL THEN
      PERFORM pg_advisory_xact_lock(hashtext('rookery'));
      IF to_regclass('${table}') IS NULL THEN ${definition}; END IF;
    END IF;
  EXCEPTION WHEN duplicate_table THEN
    -- The other one has made it while this one waited, which a cache of names need not know yet.
    NULL;
  END $rookery$`;
}
