/** What a statement names as its object; `name` is empty for a database. */
export interface StatementObject {
  /** Undefined where the statement leaves it to the session. */
  readonly database: string | undefined;
  readonly name: string;
}

export type DdlKind =
  /** It changes tables or databases, named here. */
  | { readonly kind: 'schema'; readonly objects: readonly StatementObject[] }
  /** It seems to, but which ones cannot be read: it is passed on. */
  | { readonly kind: 'unreadable' }
  /** Nobody needs it to understand rows: accounts, views, programs, statistics, administration. */
  | { readonly kind: 'ignored' };

const IGNORED = { kind: 'ignored' } as const;
const UNREADABLE = { kind: 'unreadable' } as const;

/** A word, a name in backquotes or double quotes, a string, or a single other character; comments are blanks. */
const TOKEN =
  /\s+|\/\*!(?:\d{5,6})?|\/\*M!(?:\d{5,6})?|\*\/|\/\*[\s\S]*?\*\/|--\s[^\n]*|#[^\n]*|`((?:[^`]|``)*)`|"((?:[^"\\]|""|\\.)*)"|'(?:[^'\\]|''|\\.)*'|([\p{L}\p{N}_$]+)|./suy;
const BLANK = /^(?:\s|\/\*|\*\/|--\s|#)/;
/** So much of a statement is looked at for the names it begins with. */
const LOOKED_AT = 16_384;

interface Token {
  readonly text: string;
  /** A name that was quoted is no keyword. */
  readonly quoted: boolean;
}

function* tokens(sql: string): Generator<Token> {
  TOKEN.lastIndex = 0;
  let at = 0;
  while (at < Math.min(sql.length, LOOKED_AT)) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(sql);
    if (!match) return;
    at = TOKEN.lastIndex;
    const [text, back, double] = match;
    if (back !== undefined) yield { text: back.replaceAll('``', '`'), quoted: true };
    else if (double !== undefined) yield { text: double.replaceAll('""', '"'), quoted: true };
    else if (!BLANK.test(text)) yield { text, quoted: false };
  }
}

/** Reads a statement from its front, as far as it is needed. */
class Statement {
  readonly #tokens: Generator<Token>;
  #ahead: Token | undefined;

  constructor(sql: string) {
    this.#tokens = tokens(sql);
    this.#next();
  }

  #next(): Token | undefined {
    const taken = this.#ahead;
    const next: IteratorResult<Token, unknown> = this.#tokens.next();
    this.#ahead = next.done ? undefined : next.value;
    return taken;
  }

  get ended(): boolean {
    return this.#ahead === undefined;
  }

  /** The next word in capitals, without taking it. */
  get word(): string {
    return this.#ahead && !this.#ahead.quoted ? this.#ahead.text.toUpperCase() : '';
  }

  take(): string {
    const { word } = this;
    this.#next();
    return word;
  }

  /** Takes the words if they come next. */
  skip(...words: readonly string[]): boolean {
    if (!words.includes(this.word)) return false;
    this.#next();
    return true;
  }

  /** Takes words up to and with the one given. */
  until(word: string): boolean {
    while (!this.ended) if (this.take() === word) return true;
    return false;
  }

  ifExists(): void {
    if (!this.skip('IF')) return;
    this.skip('NOT');
    this.skip('EXISTS');
  }

  name(): string | undefined {
    const token = this.#ahead;
    if (!token || (!token.quoted && !/^[\p{L}\p{N}_$]+$/u.test(token.text))) return undefined;
    this.#next();
    return token.text;
  }

  /** `name` or `database.name`. */
  table(): StatementObject | undefined {
    const first = this.name();
    if (first === undefined) return undefined;
    if (this.word !== '.') return { database: undefined, name: first };
    this.#next();
    const second = this.name();
    return second === undefined ? undefined : { database: first, name: second };
  }
}

/** Words that may stand between CREATE, ALTER or DROP and the kind of thing. */
const BETWEEN = [
  'OR',
  'REPLACE',
  'TEMPORARY',
  'ONLINE',
  'OFFLINE',
  'IGNORE',
  'UNIQUE',
  'FULLTEXT',
  'SPATIAL',
  'VECTOR',
];

/**
 * Tells by its first words what a statement does to which tables. It reads names only; whatever it cannot read of a statement that is about
 * tables is `unreadable`, and never an error.
 */
export function ddlStatement(sql: string): DdlKind {
  const statement = new Statement(sql);
  switch (statement.take()) {
    case 'CREATE':
    case 'ALTER':
    case 'DROP':
      return defining(statement);
    case 'TRUNCATE':
      statement.skip('TABLE');
      return named([statement.table()]);
    case 'RENAME':
      return statement.skip('TABLE', 'TABLES') ? renaming(statement) : IGNORED;
    default:
      return IGNORED;
  }
}

function defining(statement: Statement): DdlKind {
  let temporary = false;
  while (BETWEEN.includes(statement.word)) if (statement.take() === 'TEMPORARY') temporary = true;
  switch (statement.take()) {
    case 'TABLE':
    case 'TABLES':
      statement.ifExists();
      return temporary ? IGNORED : tables(statement);
    case 'DATABASE':
    case 'SCHEMA': {
      statement.ifExists();
      // ALTER DATABASE may leave its name to the session.
      const database = statement.name();
      return { kind: 'schema', objects: [{ database, name: '' }] };
    }
    case 'INDEX':
      return statement.until('ON') ? named([statement.table()]) : UNREADABLE;
    default:
      return IGNORED;
  }
}

/** A table, more of them in DROP TABLE, and the new name in ALTER TABLE … RENAME TO. */
function tables(statement: Statement): DdlKind {
  const found = [statement.table()];
  while (statement.word === ',') {
    statement.take();
    found.push(statement.table());
  }
  while (!statement.ended) {
    if (statement.take() !== 'RENAME' || ['COLUMN', 'INDEX', 'KEY'].includes(statement.word)) continue;
    statement.skip('TO', 'AS');
    found.push(statement.table());
  }
  return named(found);
}

function renaming(statement: Statement): DdlKind {
  statement.ifExists();
  const found: (StatementObject | undefined)[] = [];
  for (;;) {
    found.push(statement.table());
    if (statement.skip('WAIT')) statement.take();
    statement.skip('NOWAIT');
    if (!statement.skip('TO')) return UNREADABLE;
    found.push(statement.table());
    if (!statement.skip(',')) return named(found);
  }
}

function named(objects: readonly (StatementObject | undefined)[]): DdlKind {
  const known = objects.filter((object) => object !== undefined);
  return known.length === objects.length ? { kind: 'schema', objects: known } : UNREADABLE;
}
