/** A piece of a statement: `name` is an identifier (unquoted here), `word` an unquoted one, which may be a keyword; `other` the rest. */
export interface Token {
  readonly kind: 'name' | 'word' | 'string' | 'sign' | 'blank';
  /** As it stands in the statement. */
  readonly text: string;
  /** What it names, without quotes; the word in upper case for a keyword's comparison is `upper`. */
  readonly name: string;
  readonly upper: string;
}

const PIECE =
  /(`(?:[^`]|``)*`)|("(?:[^"\\]|\\.|"")*"|'(?:[^'\\]|\\.|'')*')|(\/\*!(?:M)?\d*|\*\/|\/\*[\s\S]*?\*\/|--[ \t][^\n]*|--\n|#[^\n]*|\s+)|([\p{L}\p{N}_$\u0080-\uffff]+)|([\s\S])/gu;

/**
 * Cuts a statement into its pieces; joined they are the statement again. Versioned comments are read as what they hold. Double quotes are
 * strings, as without ANSI_QUOTES.
 */
export function sqlTokens(sql: string): Token[] {
  return [...sql.matchAll(PIECE)].map(([text, quoted, string, blank, word]) => {
    if (quoted !== undefined) return { kind: 'name', text, name: quoted.slice(1, -1).replaceAll('``', '`'), upper: '' };
    if (string !== undefined) return { kind: 'string', text, name: '', upper: '' };
    if (blank !== undefined) return { kind: 'blank', text, name: '', upper: '' };
    if (word !== undefined) return { kind: 'word', text, name: word, upper: word.toUpperCase() };
    return { kind: 'sign', text, name: '', upper: text };
  });
}
