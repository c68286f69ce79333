/** Choosing tables by ticking them, kept as the patterns of the task: the last pattern that matches decides. */
export function isChosen(patterns: readonly string[], database: string, table: string): boolean {
  let chosen = false;
  for (const pattern of patterns) {
    const excludes = pattern.startsWith('!');
    if (matches(excludes ? pattern.slice(1) : pattern, `${database}.${table}`)) chosen = !excludes;
  }
  return chosen;
}

function matches(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '[^.]*')
    .replace(/\?/g, '[^.]');
  return new RegExp(`^${source}$`, 'i').test(name);
}

/** The patterns after one table was ticked or unticked: its own pattern goes, and comes again only where the others do not say it already. */
export function withTable(patterns: readonly string[], database: string, table: string, chosen: boolean): string[] {
  const own = `${database}.${table}`;
  const others = patterns.filter((pattern) => pattern !== own && pattern !== `!${own}`);
  if (isChosen(others, database, table) === chosen) return others;
  return [...others, chosen ? own : `!${own}`];
}

/** The patterns after a whole database was ticked or unticked; what was said of its tables one by one goes. */
export function withDatabase(patterns: readonly string[], database: string, chosen: boolean): string[] {
  const others = patterns.filter((pattern) => !pattern.replace(/^!/, '').startsWith(`${database}.`));
  const all = isChosen(others, database, 'any');
  if (all === chosen) return others;
  return [...others, chosen ? `${database}.*` : `!${database}.*`];
}
