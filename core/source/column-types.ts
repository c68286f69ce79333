/** One kind of column: how the binlog names it, and what becomes of its values. docs/types.md is made of this table. */
export interface ColumnType {
  /** Codes in table maps (the server's enum_field_types). */
  readonly codes: readonly number[];
  /** Bytes of metadata in a table map. */
  readonly metadata: 0 | 1 | 2;
  /** As SQL writes it. */
  readonly sql: string;
  readonly in: 'MySQL, MariaDB' | 'MySQL' | 'MariaDB';
  /** DATA_TYPE in information_schema. */
  readonly dataTypes: readonly string[];
  /** In the change model (`Value` in core/change.ts). */
  readonly value: string;
  /** In Debezium's JSON. */
  readonly debezium: string;
  readonly example: string;
  /** As a value for another MySQL server. */
  readonly mysql: string;
  readonly note?: string;
}

const BOTH = 'MySQL, MariaDB';
const TEXT = {
  metadata: 1,
  in: BOTH,
  value: 'string',
  debezium: 'string',
  example: '`"Grüße"`',
  mysql: 'text in utf8mb4',
} as const;
const BYTES = { metadata: 1, in: BOTH, value: 'Buffer', debezium: 'string, base64', mysql: 'bytes' } as const;
const INTEGER = { metadata: 0, in: BOTH, value: 'number', debezium: 'number', mysql: 'number' } as const;

/** Every type there is, in the order of the manual. */
export const COLUMN_TYPES: readonly ColumnType[] = [
  {
    ...INTEGER,
    codes: [1],
    sql: 'TINYINT, BOOL',
    dataTypes: ['tinyint'],
    example: '`-128`',
    note: 'signed and UNSIGNED; the binlog does not tell BOOL from TINYINT',
  },
  { ...INTEGER, codes: [2], sql: 'SMALLINT', dataTypes: ['smallint'], example: '`65535`' },
  { ...INTEGER, codes: [9], sql: 'MEDIUMINT', dataTypes: ['mediumint'], example: '`-8388608`' },
  { ...INTEGER, codes: [3], sql: 'INT', dataTypes: ['int'], example: '`4294967295`' },
  {
    ...INTEGER,
    codes: [8],
    sql: 'BIGINT',
    dataTypes: ['bigint'],
    value: 'number; bigint beyond 2^53',
    debezium: 'number with all its digits',
    example: '`18446744073709551615`',
    note: 'a reader in JavaScript rounds what is beyond 2^53',
  },
  {
    codes: [246],
    metadata: 2,
    sql: 'DECIMAL(p,s)',
    in: BOTH,
    dataTypes: ['decimal'],
    value: 'string, exact',
    debezium: 'string, exact',
    example: '`"12345678901234567890.10"`',
    mysql: 'text',
  },
  {
    codes: [4],
    metadata: 1,
    sql: 'FLOAT',
    in: BOTH,
    dataTypes: ['float'],
    value: 'number, the shortest that is the same 32-bit float',
    debezium: 'number',
    example: '`1.1`',
    mysql: 'number',
    note: 'SELECT shows six digits; here are as many as the float needs',
  },
  {
    codes: [5],
    metadata: 1,
    sql: 'DOUBLE',
    in: BOTH,
    dataTypes: ['double'],
    value: 'number',
    debezium: 'number',
    example: '`1e+308`',
    mysql: 'number',
  },
  {
    codes: [16],
    metadata: 2,
    sql: 'BIT(n)',
    in: BOTH,
    dataTypes: ['bit'],
    value: 'Buffer, big-endian',
    debezium: 'BIT(1) boolean; else string, base64, the lowest byte first',
    example: '`true`, `"AgE="`',
    mysql: 'bytes',
  },
  { ...INTEGER, codes: [13], sql: 'YEAR', dataTypes: ['year'], example: '`2025`', note: '0000 is 0' },
  {
    codes: [10, 14],
    metadata: 0,
    sql: 'DATE',
    in: BOTH,
    dataTypes: ['date'],
    value: 'string `YYYY-MM-DD`',
    debezium: 'number: days since 1970-01-01; null (0 in a NOT NULL column) for a date that no calendar has',
    example: '`20370`',
    mysql: 'text',
  },
  {
    codes: [19],
    metadata: 1,
    sql: 'TIME(n)',
    in: BOTH,
    dataTypes: ['time'],
    value: 'string `[-]hhh:mm:ss[.f]`',
    debezium: 'number: microseconds, -838:59:59 to 838:59:59',
    example: '`-3600500000`',
    mysql: 'text',
  },
  {
    codes: [18],
    metadata: 1,
    sql: 'DATETIME(n)',
    in: BOTH,
    dataTypes: ['datetime'],
    value: 'string `YYYY-MM-DD hh:mm:ss[.f]`',
    debezium:
      'number: milliseconds (n ≤ 3) or microseconds since 1970 as if in UTC; null (0 in a NOT NULL column) for a date that no calendar has',
    example: '`1760000000123`',
    mysql: 'text',
  },
  {
    codes: [17],
    metadata: 1,
    sql: 'TIMESTAMP(n)',
    in: BOTH,
    dataTypes: ['timestamp'],
    value: 'string, in UTC',
    debezium: 'string in UTC; null (1970 in a NOT NULL column) for zero',
    example: '`"2025-10-09T08:53:20.123Z"`',
    mysql: 'text, in a session in UTC',
  },
  {
    codes: [7],
    metadata: 0,
    sql: 'TIMESTAMP of before MySQL 5.6',
    in: BOTH,
    dataTypes: ['timestamp'],
    value: 'string, in UTC',
    debezium: 'as TIMESTAMP',
    example: '`"2025-10-09T08:53:20Z"`',
    mysql: 'text, in a session in UTC',
    note: 'also MariaDB with mysql56_temporal_format=OFF, with fractions',
  },
  {
    codes: [11],
    metadata: 0,
    sql: 'TIME of before MySQL 5.6',
    in: BOTH,
    dataTypes: ['time'],
    value: 'string',
    debezium: 'as TIME',
    example: '`-3600000000`',
    mysql: 'text',
    note: 'as TIMESTAMP of before 5.6',
  },
  {
    codes: [12],
    metadata: 0,
    sql: 'DATETIME of before MySQL 5.6',
    in: BOTH,
    dataTypes: ['datetime'],
    value: 'string',
    debezium: 'as DATETIME',
    example: '`1760000000000`',
    mysql: 'text',
    note: 'as TIMESTAMP of before 5.6',
  },
  {
    ...TEXT,
    codes: [254],
    metadata: 2,
    sql: 'CHAR(n)',
    dataTypes: ['char', 'binary', 'inet4', 'inet6', 'uuid'],
    note: 'every character set; trailing blanks are not stored',
  },
  {
    ...TEXT,
    codes: [15, 253],
    metadata: 2,
    sql: 'VARCHAR(n)',
    dataTypes: ['varchar', 'varbinary'],
    note: 'every character set',
  },
  {
    ...TEXT,
    codes: [249, 250, 251, 252],
    sql: 'TINYTEXT, TEXT, MEDIUMTEXT, LONGTEXT',
    dataTypes: ['tinytext', 'text', 'mediumtext', 'longtext', 'tinyblob', 'blob', 'mediumblob', 'longblob'],
    note: 'every character set; MariaDB’s JSON is a LONGTEXT',
  },
  {
    ...BYTES,
    codes: [],
    metadata: 2,
    sql: 'BINARY(n)',
    dataTypes: [],
    example: '`"AP+AAA=="`',
    note: 'with its zero bytes up to n',
  },
  { ...BYTES, codes: [], metadata: 2, sql: 'VARBINARY(n)', dataTypes: [], example: '`"AP+A"`' },
  { ...BYTES, codes: [], sql: 'TINYBLOB, BLOB, MEDIUMBLOB, LONGBLOB', dataTypes: [], example: '`"AP+A"`' },
  {
    ...TEXT,
    codes: [141],
    metadata: 2,
    in: 'MariaDB',
    sql: 'VARCHAR, VARBINARY … COMPRESSED',
    dataTypes: ['varchar', 'varbinary'],
    value: 'as uncompressed',
    debezium: 'as uncompressed',
    mysql: 'as uncompressed',
  },
  {
    ...TEXT,
    codes: [140],
    in: 'MariaDB',
    sql: 'TEXT, BLOB … COMPRESSED',
    dataTypes: ['tinytext', 'text', 'mediumtext', 'longtext', 'tinyblob', 'blob', 'mediumblob', 'longblob'],
    value: 'as uncompressed',
    debezium: 'as uncompressed',
    mysql: 'as uncompressed',
  },
  {
    ...TEXT,
    codes: [247],
    metadata: 2,
    sql: 'ENUM',
    dataTypes: ['enum'],
    value: 'string, its member',
    example: '`"paid"`',
    mysql: 'text',
    note: 'the empty string for the invalid value (index 0)',
  },
  {
    ...TEXT,
    codes: [248],
    metadata: 2,
    sql: 'SET',
    dataTypes: ['set'],
    value: 'string, its members with commas between',
    example: '`"a,b"`',
    mysql: 'text',
  },
  {
    codes: [245],
    metadata: 1,
    sql: 'JSON',
    in: 'MySQL',
    dataTypes: ['json'],
    value: 'string: the text that SELECT shows',
    debezium: 'string that holds the JSON text',
    example: '`"{\\"a\\": 1.50}"`',
    mysql: 'text',
    note: 'all digits of numbers; DECIMAL, dates and bytes inside as the server writes them; partial updates are applied to the value before',
  },
  {
    codes: [255],
    metadata: 1,
    sql: 'GEOMETRY, POINT, LINESTRING, …',
    in: BOTH,
    dataTypes: [
      'geometry',
      'point',
      'linestring',
      'polygon',
      'multipoint',
      'multilinestring',
      'multipolygon',
      'geomcollection',
      'geometrycollection',
    ],
    value: 'Buffer: four bytes of SRID, little-endian, then WKB',
    debezium: 'object; `wkb` in base64, `srid` null for 0; a point also has `x` and `y`',
    example: '`{"x":1.5,"y":-2,"wkb":"AQEAAA…","srid":null}`',
    mysql: 'bytes',
  },
  {
    codes: [242],
    metadata: 1,
    sql: 'VECTOR(n)',
    in: 'MySQL',
    dataTypes: ['vector'],
    value: 'Buffer: 32-bit floats, little-endian',
    debezium: 'array of numbers',
    example: '`[1.5,-0.25]`',
    mysql: 'bytes',
  },
  {
    ...TEXT,
    codes: [],
    metadata: 2,
    in: 'MariaDB',
    sql: 'INET4, INET6, UUID',
    dataTypes: [],
    example: '`"2001:db8::1"`',
    mysql: 'text',
    note: 'the binlog does not tell them from BINARY: the server is asked; where it has no such column any more, the bytes are delivered as BINARY',
  },
];

const BY_CODE = new Map(COLUMN_TYPES.flatMap((type) => type.codes.map((code) => [code, type] as const)));

/** Bytes of metadata that a column of the type has in a table map; undefined for a type that this does not know. */
export function metadataBytes(code: number): number | undefined {
  return BY_CODE.get(code)?.metadata ?? NO_COLUMN_TYPES.get(code);
}

/** What information_schema may call a column of the type. */
export function dataTypesOf(code: number): readonly string[] {
  return BY_CODE.get(code)?.dataTypes ?? [];
}

/** Codes that the protocol knows and no column has had since MySQL 5.0; there is no reading them. */
const NO_COLUMN_TYPES = new Map([
  [0, 0],
  [6, 0],
]);
