/** Numbers outside of strings that are not whole: their digits may be more than a DOUBLE has, or end in zeros. */
const FRACTION = /"(?:[^"\\]|\\.)*"|-?\d+\.\d+(?![\d.eE])/g;
const TOKEN = /\s*("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[[\]{},:])/y;

/**
 * A JSON column's text as SQL. MySQL keeps DECIMAL apart from DOUBLE inside JSON, and shows its digits as they were; text that is
 * read anew makes DOUBLEs of all fractions. Documents that would come out otherwise are built by functions, the others are text.
 */
export function jsonLiteral(text: string, quoted: (text: string) => string): string {
  if (!text.includes('.') || !hasDecimal(text)) return quoted(text);
  const sql = new Builder(text, quoted).value();
  return sql.startsWith('CAST(') ? `CAST(${sql} AS JSON)` : sql;
}

function hasDecimal(text: string): boolean {
  for (const [token] of text.matchAll(FRACTION)) if (token[0] !== '"' && isDecimal(token)) return true;
  return false;
}

/** Whether a fraction as the server shows it cannot be a DOUBLE: those are shown with their fewest digits, whole ones with `.0`. */
function isDecimal(token: string): boolean {
  if (!/^-?\d+\.\d+$/.test(token)) return false;
  const value = Number(token);
  if (token === '-0.0') return false;
  return token !== (Number.isInteger(value) ? `${value}.0` : String(value));
}

/** Makes SQL of a document, by descent. What contains no decimal is one text. */
class Builder {
  readonly #text: string;
  readonly #quoted: (text: string) => string;
  #at = 0;

  constructor(text: string, quoted: (text: string) => string) {
    this.#text = text;
    this.#quoted = quoted;
  }

  value(): string {
    const start = this.#at;
    const token = this.#next();
    if (token === '{' || token === '[') {
      const inner = token === '{' ? this.#members() : this.#elements();
      const source = this.#text.slice(start, this.#at);
      if (!hasDecimal(source)) return this.#json(source);
      return token === '{' ? `JSON_OBJECT(${inner.join(',')})` : `JSON_ARRAY(${inner.join(',')})`;
    }
    if (!isDecimal(token)) return this.#json(token);
    const digits = token.replace(/^-/, '');
    const scale = digits.length - digits.indexOf('.') - 1;
    return `CAST(${token} AS DECIMAL(${Math.max(digits.length - 1, scale)},${scale}))`;
  }

  #members(): string[] {
    const parts: string[] = [];
    for (let token = this.#next(); token !== '}'; token = this.#next()) {
      if (token === ',') continue;
      this.#next(); // the colon
      parts.push(this.#quoted(JSON.parse(token) as string), this.value());
    }
    return parts;
  }

  #elements(): string[] {
    const parts: string[] = [];
    for (;;) {
      const before = this.#at;
      const token = this.#next();
      if (token === ']') return parts;
      if (token !== ',') this.#at = before;
      parts.push(this.value());
    }
  }

  #json(text: string): string {
    return `CAST(${this.#quoted(text)} AS JSON)`;
  }

  #next(): string {
    TOKEN.lastIndex = this.#at;
    const match = TOKEN.exec(this.#text);
    if (!match) throw new RangeError('the text is not JSON');
    this.#at = TOKEN.lastIndex;
    return match[1]!;
  }
}
