import { z } from 'zod';

/**
 * The task file, and the content of `/tasks/<task>`. The reference in docs/task-file.md is generated from this schema.
 */
export const taskName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/,
    'letters, digits, "_", "." and "-", at most 100, beginning with a letter or digit',
  )
  .describe('Name of the task: its znode, its Kafka client id, part of its topics.');

export const groupName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/,
    'letters, digits, "_", "." and "-", at most 100, beginning with a letter or digit',
  );

/** `env:NAME` or `file:/absolute/path`: a secret is never written into a task file or a znode. */
export const secretReference = z
  .string()
  .regex(
    /^(env:[A-Za-z_][A-Za-z0-9_]*|file:\/.+)$/,
    'env:NAME or file:/absolute/path; the secret itself does not belong into a task',
  )
  .describe(
    'Reference to a secret on the machine of the Core: `env:NAME` (environment variable) or `file:/absolute/path`.',
  );

const port = z.int().min(1).max(65535);

const tls = z
  .union([
    z.boolean(),
    z.strictObject({
      ca: z.string().optional().describe('Path of the certificate authority (PEM) on the machine of the Core.'),
      cert: z.string().optional().describe('Path of the client certificate (PEM).'),
      key: z.string().optional().describe('Path of the client key (PEM).'),
      verifyIdentity: z.boolean().default(true).describe('Whether the host name must match the certificate.'),
    }),
  ])
  .describe('Encrypted connection: `true` for the system’s authorities, or files.');

const tablePattern = z
  .string()
  .regex(/^!?[^.\s]+\.[^.\s]+$/, 'database.table, each with * and ? as wildcards, "!" in front to exclude')
  .describe('`database.table` with `*` and `?`; `!` in front excludes. The last pattern that matches decides.');

const from = z
  .union([
    z.enum(['latest', 'earliest']),
    z.strictObject({
      file: z.string().regex(/^[^:/\\\s]+\.\d+$/, 'a binlog file name, e.g. binlog.000012'),
      position: z.int().min(4).describe('Byte offset of an event in that file.'),
    }),
    z.strictObject({
      gtid: z.string().min(1).describe('GTID set that the sink already has; everything else is read.'),
    }),
  ])
  .describe('Where a task without `lastCommit` begins: `latest`, `earliest`, `{ file, position }` or `{ gtid }`.');

export const mysqlSource = z.strictObject({
  mysql: z.strictObject({
    host: z.string().min(1).describe('Host name or address of the source.'),
    port: port.default(3306).describe('TCP port.'),
    user: z.string().min(1).describe('Account with REPLICATION SLAVE, REPLICATION CLIENT and SELECT.'),
    password: secretReference.optional(),
    serverId: z
      .int()
      .min(1)
      .max(4294967295)
      .optional()
      .describe(
        'Replica server id of this task; by default made from the task’s name. Must be unique among the replicas of the source.',
      ),
    tls: tls.optional(),
  }),
  tables: z.array(tablePattern).min(1).describe('Which tables are replicated.'),
  from: from.default('latest'),
});

export const kafkaSink = z.strictObject({
  brokers: z
    .array(z.string().regex(/^[^\s:]+:\d+$|^\[[0-9a-fA-F:]+\]:\d+$/, 'host:port'))
    .min(1)
    .describe('Bootstrap brokers, `host:port`.'),
  topic: z
    .string()
    .min(1)
    .regex(
      /^(?:[A-Za-z0-9._-]|\{task\}|\{database\}|\{table\})+$/,
      'letters, digits, ".", "_", "-" and the places {task}, {database}, {table}',
    )
    .default('{task}.{database}.{table}')
    .describe(
      'Topic of a change; `{task}`, `{database}` and `{table}` are filled in, characters Kafka does not allow become `_`.',
    ),
  format: z.literal('debezium').default('debezium').describe('Form of keys and values: Debezium’s JSON envelope.'),
  delivery: z
    .enum(['exactly-once', 'at-least-once'])
    .default('exactly-once')
    .describe(
      '`exactly-once`: records and position in one Kafka transaction, for consumers that read committed. `at-least-once`: no transactions.',
    ),
  positionsTopic: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,140}$/, 'letters, digits, ".", "_" and "-", at most 140')
    .default('__mysql_replicator_positions')
    .describe(
      'Compacted topic of the positions, for `exactly-once`; also the first part of the transactional id. Two deployments that have a task of the same name on one Kafka cluster need two.',
    ),
  schemaTopic: z
    .string()
    .regex(/^(?:[A-Za-z0-9._-]|\{task\})+$/, 'letters, digits, ".", "_", "-" and {task}')
    .optional()
    .describe(
      'Topic of schema changes, e.g. `{task}` as Debezium has it; one partition. Without it they are left out.',
    ),
  partitions: z.int().min(1).max(10000).default(1).describe('Partitions of topics that the task creates.'),
  replicationFactor: z
    .int()
    .min(1)
    .max(32)
    .optional()
    .describe('Replicas of topics that the task creates; by default the broker’s.'),
  tombstones: z
    .boolean()
    .default(true)
    .describe('Whether a delete is followed by a record without value, for compacted topics.'),
  compression: z.enum(['none', 'gzip']).default('none').describe('Compression of record batches.'),
  tls: tls.optional(),
  sasl: z
    .strictObject({
      mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
      user: z.string().min(1),
      password: secretReference,
    })
    .optional()
    .describe('Sign-in at the brokers.'),
});

export const taskSpecSchema = z
  .strictObject({
    name: taskName,
    instances: z
      .int()
      .min(1)
      .max(16)
      .default(2)
      .describe(
        'How many Cores of its group serve the task: 1 is cold standby, 2 and more hot standby. Cores started with `--task` serve it whatever this says.',
      ),
    group: groupName
      .optional()
      .describe(
        'Cores started with `--group` of this name share its tasks among them. Without it only Cores started with `--task` serve the task.',
      ),
    source: mysqlSource.describe('Where changes come from.'),
    sink: z.strictObject({ kafka: kafkaSink }).describe('Where changes go.'),
  })
  .describe('A replication task: one pipeline from a MySQL binlog to Kafka.');

export type TaskSpec = z.infer<typeof taskSpecSchema>;
export type MysqlSource = TaskSpec['source'];
export type KafkaSink = TaskSpec['sink']['kafka'];
