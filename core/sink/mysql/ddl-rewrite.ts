import { identifier } from './literal.js';
import { sqlTokens, type Token } from './sql-tokens.js';
import type { TableName } from './table-names.js';

/** What a statement that changes the schema is about, and its text for the target. */
export interface Rewritten {
  readonly kind: 'table' | 'database' | 'drop-database' | 'other';
  /** Tables of the source that it names, in their order; for a database one entry without a table's name. */
  readonly tables: readonly TableName[];
  /** With the target's names, all of them qualified. */
  readonly sql: string;
}

export interface RewriteOptions {
  /** In which names without a database are to be read. */
  readonly database: string;
  readonly rename: (name: TableName) => TableName;
}

/** Keywords after which the name of a table follows, by the statement's own first words. */
const FOLLOWED_BY_TABLE: Readonly<Record<string, readonly string[]>> = {
  'CREATE TABLE': ['LIKE', 'REFERENCES'],
  'ALTER TABLE': ['REFERENCES', 'RENAME', 'WITH TABLE'],
  'DROP TABLE': [','],
  'RENAME TABLE': ['TO', ','],
  TRUNCATE: [],
  'CREATE INDEX': ['ON'],
  'DROP INDEX': ['ON'],
};
const SKIPPED = new Set(['OR', 'REPLACE', 'TEMPORARY', 'UNIQUE', 'FULLTEXT', 'SPATIAL', 'ONLINE', 'OFFLINE', 'IGNORE']);
const CONDITION = new Set(['IF', 'NOT', 'EXISTS', 'WAIT', 'NOWAIT']);

/**
 * Gives a statement the target's names: `shop.orders` as the task maps it, names without a database made whole. What it is not sure to understand
 * (views, triggers, routines, accounts) comes back as `other`.
 */
export function rewriteDdl(statement: string, options: RewriteOptions): Rewritten {
  const tokens = sqlTokens(statement.trim().replace(/;\s*$/, ''));
  const walk = new Walk(tokens, options);
  const kind = walk.head();
  if (kind === 'database') return walk.database();
  const followed = FOLLOWED_BY_TABLE[kind];
  if (!followed) return { kind: 'other', tables: [], sql: statement };
  return walk.tables(kind, followed);
}

class Walk {
  readonly #tokens: readonly Token[];
  readonly #options: RewriteOptions;
  readonly #out: string[];
  readonly #names: TableName[] = [];
  #at = 0;
  #drops = false;

  constructor(tokens: readonly Token[], options: RewriteOptions) {
    this.#tokens = tokens;
    this.#options = options;
    this.#out = tokens.map(({ text }) => text);
  }

  /** Reads the words up to the first name: `CREATE TABLE`, `DROP INDEX`, `TRUNCATE`, …, or `database`. */
  head(): string {
    const first = this.#word();
    if (first === 'TRUNCATE') {
      if (this.#peek()?.upper === 'TABLE') this.#word();
      return first;
    }
    let second = this.#word();
    while (SKIPPED.has(second)) second = this.#word();
    if (second === 'DATABASE' || second === 'SCHEMA') {
      this.#drops = first === 'DROP';
      return first === 'CREATE' || first === 'ALTER' || first === 'DROP' ? 'database' : '';
    }
    if (second === 'TABLES' && first === 'DROP') return 'DROP TABLE';
    return `${first} ${second}`;
  }

  database(): Rewritten {
    this.#skipConditions();
    const token = this.#next();
    if (token?.kind !== 'name' && token?.kind !== 'word') return { kind: 'other', tables: [], sql: this.#out.join('') };
    const name = { database: token.name, name: '' };
    this.#out[this.#at - 1] = identifier(this.#options.rename(name).database);
    return { kind: this.#drops ? 'drop-database' : 'database', tables: [name], sql: this.#out.join('') };
  }

  tables(kind: string, followed: readonly string[]): Rewritten {
    const ofIndex = kind.endsWith('INDEX');
    if (!ofIndex) {
      this.#skipConditions();
      this.#name();
    }
    let depth = 0;
    let before = '';
    for (let token = this.#next(); token; token = this.#next()) {
      if (token.upper === '(') depth++;
      if (token.upper === ')') depth--;
      const { upper } = token;
      const two = `${before} ${upper}`;
      before = upper;
      if (upper === 'RENAME' && followed.includes('RENAME')) {
        if (depth === 0) this.#renamed();
      } else if (two === 'WITH TABLE' && followed.includes(two)) this.#name();
      else if (upper === ',' && depth > 0) continue;
      else if (followed.includes(upper)) {
        // In an index's parts and in expressions ON and LIKE are something else.
        if (depth > 0 && upper !== 'REFERENCES' && !(upper === 'LIKE' && depth === 1)) continue;
        this.#skipConditions();
        this.#name();
        if (ofIndex) break;
      } else if (kind === 'CREATE TABLE' && upper === 'START' && this.#peek()?.upper === 'TRANSACTION') {
        // CREATE TABLE … SELECT: its rows come by themselves.
        this.#out[this.#at - 1] = '';
        this.#next();
        this.#out[this.#at - 1] = '';
      }
    }
    return { kind: 'table', tables: this.#names, sql: this.#out.join('').trim() };
  }

  /** RENAME of a table, and not of a column or an index of it. */
  #renamed(): void {
    const next = this.#peek();
    if (next?.kind === 'word' && ['COLUMN', 'INDEX', 'KEY'].includes(next.upper)) return;
    if (next?.kind === 'sign') this.#next(); // RENAME = t
    if (next?.upper === 'TO' || next?.upper === 'AS') this.#next();
    this.#name();
  }

  /** Reads `t` or `d.t` and puts the target's name in its place. */
  #name(): void {
    const first = this.#next();
    if (!first || (first.kind !== 'name' && first.kind !== 'word')) return;
    const start = this.#at - 1;
    let name = { database: this.#options.database, name: first.name };
    let end = start;
    if (this.#peek()?.text === '.') {
      this.#next();
      const second = this.#next();
      if (second) name = { database: first.name, name: second.name };
      end = this.#at - 1;
    }
    for (let i = start; i <= end; i++) this.#out[i] = '';
    const { database, name: table } = this.#options.rename(name);
    this.#out[start] = `${identifier(database)}.${identifier(table)}`;
    this.#names.push(name);
  }

  #skipConditions(): void {
    for (let token = this.#peek(); token?.kind === 'word' && CONDITION.has(token.upper); token = this.#peek())
      this.#next();
  }

  #word(): string {
    return this.#next()?.upper ?? '';
  }

  #peek(): Token | undefined {
    for (let at = this.#at; at < this.#tokens.length; at++)
      if (this.#tokens[at]!.kind !== 'blank') return this.#tokens[at];
    return undefined;
  }

  #next(): Token | undefined {
    while (this.#tokens[this.#at]?.kind === 'blank') this.#at++;
    return this.#tokens[this.#at++];
  }
}
