/** Tables of all types with their rows, as SQL; `mysqlOnly` is what MariaDB does not have or means otherwise. */
export interface TypeCase {
  readonly name: string;
  readonly columns: string;
  readonly rows: readonly string[];
  readonly mysqlOnly?: boolean;
}

const precisions = [0, 1, 2, 3, 4, 5, 6];
const all = (type: string): string => precisions.map((p) => `${type.toLowerCase()}${p} ${type}(${p}) NULL`).join();
const each = (text: string): string => precisions.map(() => `'${text}'`).join();

const JSON_TEXTS = [
  '{}',
  '[]',
  'null',
  'true',
  '0',
  '-1',
  '1.0',
  '-0.0',
  '1.5',
  '9223372036854775807',
  '18446744073709551615',
  '1e14',
  '1e15',
  '1e20',
  '1e-15',
  '0.1',
  '1.7976931348623157e308',
  '5e-324',
  '"text \\\\" \\\\\\\\ \\\\n \\\\u0001 ü 😀 it\'\'s 1.50"',
  '{"__proto__": 1, "10": 2, "9": 3, "b": {"a": [null, true, {"x": []}]}}',
];

export const TYPE_CASES: readonly TypeCase[] = [
  {
    name: 'integers',
    columns:
      'a TINYINT, b TINYINT UNSIGNED, c SMALLINT, d SMALLINT UNSIGNED, e MEDIUMINT, f MEDIUMINT UNSIGNED, g INT, h INT UNSIGNED, j BIGINT, k BIGINT UNSIGNED, y YEAR',
    rows: [
      '-128,255,-32768,65535,-8388608,16777215,-2147483648,4294967295,-9223372036854775808,18446744073709551615,2155',
      '127,0,32767,0,8388607,0,2147483647,0,9223372036854775807,9223372036854775808,1901',
      '0,1,0,1,0,1,0,1,-9007199254740991,9007199254740993,0',
      'NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL',
    ],
  },
  {
    name: 'decimals',
    columns: 'a DECIMAL(65,30), b DECIMAL(10,0), c DECIMAL(5,5), d DECIMAL(12,2)',
    rows: [
      `${'9'.repeat(35)}.${'9'.repeat(30)},9999999999,0.99999,9999999999.99`,
      `-${'9'.repeat(35)}.${'9'.repeat(30)},-9999999999,-0.99999,-9999999999.99`,
      '0.000000000000000000000000000001,1,0.00001,0.01',
      'NULL,NULL,NULL,NULL',
    ],
  },
  {
    name: 'floats',
    columns: 'a FLOAT, b DOUBLE, c FLOAT UNSIGNED',
    rows: [
      '1.1,1.1,0.7',
      '-0.3,1e308,16777217',
      '3.40282e38,-2.2250738585072014e-308,3.40282e38',
      '1e-7,0.1,1e-38',
      '0.333333333333,0.3333333333333333,123456.789',
    ],
  },
  {
    name: 'times',
    columns: all('TIME'),
    rows: ['-01:00:00', '-00:00:00.5', '-838:59:59', '838:59:59', '0', '12:34:56.789012'].map(each),
  },
  {
    name: 'datetimes',
    columns: all('DATETIME'),
    rows: ['1000-01-01', '9999-12-31 23:59:59', '0000-00-00', '2024-00-00', '2024-02-29 12:34:56.987654'].map(each),
  },
  {
    name: 'timestamps',
    columns: all('TIMESTAMP'),
    rows: ['1970-01-01 00:00:01', '2038-01-19 03:14:07', '0000-00-00', '2024-02-29 23:59:59.123456'].map(each),
  },
  {
    name: 'dates',
    columns: 'a DATE',
    rows: ["'1000-01-01'", "'9999-12-31'", "'0000-00-00'", "'2024-00-07'", "'2024-02-31'", 'NULL'],
  },
  {
    name: 'texts',
    columns:
      'a VARCHAR(60), b CHAR(30), c TEXT, d VARCHAR(60) CHARACTER SET latin1, e VARCHAR(60) CHARACTER SET utf16, f VARCHAR(60) CHARACTER SET cp1251, g LONGTEXT',
    rows: [
      "'','','','','','',''",
      "'it''s \\\\ \\\"\\n\\0\\t%_','x','\\\\\\\\','Grüße ¥','été','Привет',REPEAT('é\\\\''',30000)",
      "'日本語 😀','한국어','łódź','ñandú','日本語 😀','Я',''",
      "'trailing  ','a','a ','b ','c ','d ','e '",
    ],
  },
  {
    name: 'bytes',
    columns: 'a BINARY(4), b VARBINARY(300), c BLOB, d BIT(1), e BIT(9), f BIT(64), g MEDIUMBLOB',
    rows: [
      `x'01000000',x'00',x'ff00',b'1',b'100000001',b'${'1'.repeat(64)}',REPEAT(x'00ff27',100000)`,
      "'','','',b'0',b'0',b'0',''",
      'NULL,NULL,NULL,NULL,NULL,NULL,NULL',
    ],
  },
  {
    name: 'sets',
    columns: "a ENUM('x','it''s','a,b','ä') CHARACTER SET latin1, b SET('one','two','ö'), c ENUM('','x')",
    rows: ["'it''s','one,ö',''", "'ä','','x'", "'invalid','one','x'", 'NULL,NULL,NULL'],
  },
  {
    name: 'generated',
    columns: 'a INT, b INT AS (a + 1) STORED, d INT AS (a * 2) VIRTUAL, c INT DEFAULT 7 INVISIBLE',
    rows: ['1, DEFAULT, DEFAULT', '2, DEFAULT, DEFAULT'],
  },
  // MariaDB keeps no sign of a zero.
  { name: 'zeros', columns: 'a FLOAT, b DOUBLE', mysqlOnly: true, rows: ['-0e0,-0e0', '0,0'] },
  {
    name: 'geometry',
    columns: 'a GEOMETRY, b POINT SRID 4326',
    mysqlOnly: true,
    rows: [
      "ST_GeomFromText('POLYGON((0 0,4 0,4 4,0 4,0 0),(1 1,2 1,2 2,1 1))'), ST_GeomFromText('POINT(52 13)', 4326)",
      "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,1 1))'), ST_GeomFromText('POINT(0 0)', 4326)",
    ],
  },
  {
    name: 'json',
    columns: 'a JSON',
    mysqlOnly: true,
    rows: [
      ...JSON_TEXTS.map((text) => `'${text}'`),
      'JSON_OBJECT("d", CAST(12.3400 AS DECIMAL(10,4)), "n", CAST(-0.5 AS DECIMAL(3,1)), "t", "12.3400", "x", JSON_ARRAY(1.5, CAST(7.0 AS DECIMAL(3,1))))',
      'CAST(CAST(123456789012345678901234567890.5 AS DECIMAL(40,1)) AS JSON)',
      'JSON_ARRAY(CAST("2024-02-29 12:34:56.789" AS DATETIME(3)), CAST("2024-02-29" AS DATE), CAST("-12:00:00.5" AS TIME(1)))',
      'NULL',
    ],
  },
];
