/** What this browser remembers; a browser that refuses storage remembers nothing, and nothing else changes. */
export function remembered(name: string): string | undefined {
  try {
    return localStorage.getItem(`mysql-replicator.${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}

export function remember(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(`mysql-replicator.${name}`);
    else localStorage.setItem(`mysql-replicator.${name}`, value);
  } catch {
    // Private windows may refuse; the choice holds until the page is closed.
  }
}
