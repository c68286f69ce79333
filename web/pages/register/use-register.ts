import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useMemo, useState } from 'react';
import type { CheckAnswer } from '../../../server/api/schema/task-orders.js';
import { request } from '../../api/request.js';
import { useDraft } from '../../state/use-draft.js';
import { FIRST_TEXT, readDraft, textAt, valueAt, withValue, type Draft, type Path } from './draft-text.js';

const TYPING_MS = 500;

/** The draft of a new task, and what is wrong with it as one types. */
export interface Register {
  readonly text: string;
  readonly draft: Draft;
  /** What keeps the YAML from being read; the form shows the last that could be. */
  readonly unreadable: { readonly message: string; readonly line: number } | undefined;
  readonly setText: (text: string) => void;
  readonly set: (path: Path, value: unknown) => void;
  readonly textAt: (path: Path) => string;
  readonly value: (path: Path) => unknown;
  /** What is wrong at a path, once it was touched or everything was checked. */
  readonly faultAt: (path: string) => string | undefined;
  readonly faults: CheckAnswer['faults'];
  readonly check: ReturnType<typeof useCheck>;
  /** Shows the faults of untouched fields too. */
  readonly touchAll: () => void;
  readonly clear: () => void;
  /** A secret that was typed; it stands in no text and is not kept. */
  readonly typedAt: (path: Path) => string | undefined;
  readonly type: (path: Path, secret: string | undefined) => void;
  /** What is sent: the text with the typed secrets in their places. */
  readonly whole: () => string;
}

function useCheck() {
  return useMutation({
    mutationFn: (text: string) => request<CheckAnswer>('/tasks/check', { method: 'POST', body: text }),
  });
}

export function useRegister(): Register {
  const [text, keepText, clear] = useDraft('register', FIRST_TEXT);
  const read = useMemo(() => readDraft(text), [text]);
  const [last, setLast] = useState<Draft>({});
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [all, setAll] = useState(false);
  const [secrets, setSecrets] = useState<ReadonlyMap<string, string>>(new Map());
  useEffect(() => {
    if (read.draft !== undefined) setLast(read.draft);
  }, [read.draft]);
  const settled = useSettled(text);
  const looked = useQuery({
    queryKey: ['check-text', settled],
    queryFn: ({ signal }) =>
      request<CheckAnswer>('/tasks/check', { method: 'POST', body: settled, query: { source: 'false' }, signal }),
    enabled: settled !== FIRST_TEXT && read.draft !== undefined,
    placeholderData: keepPreviousData,
  });
  const check = useCheck();
  const draft = read.draft ?? last;
  const setText = (next: string): void => {
    keepText(next);
    check.reset();
  };
  const faults = looked.data?.faults ?? [];
  return {
    text,
    draft,
    unreadable: read.fault,
    setText,
    set: (path, value) => {
      setTouched((present) => new Set([...present, path.join('.')]));
      setText(withValue(text, path, value));
    },
    textAt: (path) => textAt(draft, path),
    value: (path) => valueAt(draft, path),
    faultAt: (path) => (all || touched.has(path) ? faults.find((one) => one.path === path)?.message : undefined),
    faults,
    check,
    touchAll: () => setAll(true),
    clear: () => {
      clear();
      setSecrets(new Map());
    },
    typedAt: (path) => secrets.get(path.join('.')),
    type: (path, secret) => {
      setSecrets((present) => {
        const next = new Map(present);
        if (secret === undefined) next.delete(path.join('.'));
        else next.set(path.join('.'), secret);
        return next;
      });
      check.reset();
    },
    whole: () => [...secrets].reduce((sent, [path, secret]) => withSecret(sent, path.split('.'), secret), text),
  };
}

/** `plain:` says that what follows is the secret itself, even where it looks like a reference. Nothing is put where the text has no such section. */
function withSecret(text: string, path: Path, secret: string): string {
  const { draft } = readDraft(text);
  if (secret === '' || typeof valueAt(draft, path.slice(0, -1)) !== 'object') return text;
  return withValue(text, path, `plain:${secret}`);
}

/** A text that has not changed for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return useDeferredValue(settled);
}
