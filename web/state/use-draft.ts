import { useEffect, useState } from 'react';

/** What was typed into a form, kept in this tab until it is sent or given up, so that no way away from the page loses it. */
export function useDraft<T>(name: string, initial: T): readonly [T, (next: T) => void, () => void] {
  const key = `mysql-replicator.draft.${name}`;
  const [draft, setDraft] = useState<T>(() => read<T>(key) ?? initial);
  const [kept, setKept] = useState(false);
  useEffect(() => {
    if (!kept) return;
    try {
      sessionStorage.setItem(key, JSON.stringify(draft));
    } catch {
      // Without storage the draft lives as long as the page.
    }
  }, [key, draft, kept]);
  const set = (next: T): void => {
    setKept(true);
    setDraft(next);
  };
  const clear = (): void => {
    setKept(false);
    try {
      sessionStorage.removeItem(key);
    } catch {
      // There was nothing to remove.
    }
  };
  return [draft, set, clear];
}

function read<T>(key: string): T | undefined {
  try {
    const text = sessionStorage.getItem(key);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}
