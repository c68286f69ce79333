/**
 * What a QUERY event means to a reader of row changes.
 *
 * `inner` stands within a transaction and changes no rows, `statement` changes rows by its text (statement format),
 * `other` is DDL and administration, which commits by itself.
 */
export type QueryKind =
  | 'begin'
  | 'xa-begin'
  | 'xa-commit'
  | 'xa-rollback'
  | 'commit'
  | 'rollback'
  | 'rollback-to'
  | 'inner'
  | 'statement'
  | 'other';

const COMMENTS = /^(?:\s+|\/\*(?!!)[\s\S]*?\*\/|--\s[^\n]*(?:\n|$)|#[^\n]*(?:\n|$))+/;
const OWN_SCHEMA =
  /^(?:INSERT|REPLACE|UPDATE|DELETE)\s+(?:LOW_PRIORITY\s+|IGNORE\s+|INTO\s+|FROM\s+)*`?mysql`?\s*\.\s*/i;

/** Tells what a statement is by its first words; leading comments are passed over. */
export function queryKind(sql: string): QueryKind {
  // Nearly all are these, written by the server itself.
  if (sql === 'BEGIN') return 'begin';
  if (sql === 'COMMIT') return 'commit';
  const text = sql.replace(COMMENTS, '').slice(0, 200);
  const [first = '', second = ''] = text.toUpperCase().split(/[\s;(]+/, 2);
  switch (first) {
    case 'BEGIN':
      return 'begin';
    case 'START':
      return second === 'TRANSACTION' ? 'begin' : 'other';
    case 'COMMIT':
      return 'commit';
    case 'ROLLBACK':
      return second === 'TO' ? 'rollback-to' : 'rollback';
    case 'SAVEPOINT':
    case 'RELEASE':
      return 'inner';
    case 'XA':
      if (second === 'START' || second === 'BEGIN') return 'xa-begin';
      if (second === 'COMMIT') return 'xa-commit';
      if (second === 'ROLLBACK') return 'xa-rollback';
      return 'inner';
    case 'INSERT':
    case 'REPLACE':
    case 'UPDATE':
    case 'DELETE':
      // Hosting services keep heartbeats in the server's own schema by statement; it is never replicated by pattern.
      return OWN_SCHEMA.test(text) ? 'inner' : 'statement';
    case 'LOAD':
    case 'WITH':
    case 'CALL':
    case 'DO':
      return 'statement';
    default:
      return 'other';
  }
}

/** The xid that an XA statement names, as the server writes it: `X'71',X'',1`. */
export function xidOf(sql: string): string {
  const match = /^\s*XA\s+\w+\s+(.+?)\s*(?:ONE PHASE|JOIN|RESUME|SUSPEND.*)?\s*$/is.exec(sql.replace(COMMENTS, ''));
  return (match?.[1] ?? '').replace(/\s+/g, '');
}
