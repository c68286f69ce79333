/** A text, or one for each plural form of `{count}`. Places are `{name}`. */
export type Message = string | Plural;
export interface Plural {
  readonly one?: string;
  readonly other: string;
}

/** What a translation of a catalogue has to hold: every key, plural where the original is. */
export type Translated<Catalogue> = {
  readonly [Key in keyof Catalogue]: Catalogue[Key] extends string ? string : Plural;
};

type Places<Text> = Text extends `${string}{${infer Place}}${infer Rest}` ? Place | Places<Rest> : never;

/** The names of the places of a message. */
export type PlacesOf<M> = M extends string
  ? Places<M>
  : M extends { other: infer Other }
    ? Places<Other> | 'count'
    : never;

const rules = new Map<string, Intl.PluralRules>();

function pluralForm(language: string, count: number): Intl.LDMLPluralRule {
  let rule = rules.get(language);
  if (rule === undefined) rules.set(language, (rule = new Intl.PluralRules(language)));
  return rule.select(count);
}

/** The form of a message that fits `count`. */
export function formOf(message: Message, language: string, count: unknown): string {
  if (typeof message === 'string') return message;
  const one = typeof count === 'number' && pluralForm(language, count) === 'one' ? message.one : undefined;
  return one ?? message.other;
}

/** Cuts a text at its places: texts at even indexes, names of places at odd ones. */
export function cut(text: string): string[] {
  return text.split(/\{(\w+)\}/);
}
