import SearchOutlined from '@ant-design/icons/es/icons/SearchOutlined';
import { Button, Input, Select, type InputRef } from 'antd';
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { useLive } from '../../live/use-live.js';
import { useMessages } from '../../messages/language.js';
import { StateShape, toneOf } from '../../parts/state-mark.js';
import { countStates, SORTS, type TaskFilter } from '../../tasks/task-filter.js';
import type { TaskStateWord } from '../../../server/api/schema/values.js';

interface TaskToolbarProps {
  readonly filter: TaskFilter;
  readonly onChange: (change: Partial<TaskFilter>) => void;
}

const TYPING_MS = 120;

/** Search, states, group and order; `/` goes to the search from anywhere on the page. */
export function TaskToolbar({ filter, onChange }: TaskToolbarProps): ReactNode {
  const { t } = useMessages();
  const groups = useLive((state) => state.groups);
  const groupNames = useMemo(() => [...groups.keys()].sort(), [groups]);
  return (
    <div className="tasks-toolbar">
      <Search value={filter.q} onChange={(q) => onChange({ q })} />
      <Select
        className="tasks-group"
        aria-label={t('tasks.group')}
        value={filter.group ?? ''}
        onChange={(group: string) => onChange({ group: group === '' ? undefined : group })}
        showSearch
        options={[{ value: '', label: t('tasks.all-groups') }, ...groupNames.map((value) => ({ value, label: value }))]}
      />
      <Select
        className="tasks-sort"
        aria-label={t('tasks.sort')}
        value={filter.sort}
        onChange={(sort) => onChange({ sort })}
        options={SORTS.map((value) => ({ value, label: t(`tasks.sort.${value}`) }))}
      />
      <StateChips chosen={filter.states} onChange={(states) => onChange({ states })} />
      {filter.core !== undefined && (
        <Button size="small" onClick={() => onChange({ core: undefined })}>
          {t('tasks.on-core', { core: filter.core })} ×
        </Button>
      )}
    </div>
  );
}

function Search({ value, onChange }: { readonly value: string; readonly onChange: (q: string) => void }): ReactNode {
  const { t } = useMessages();
  const input = useRef<InputRef>(null);
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onChange(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, value, onChange]);
  useEffect(() => {
    const slash = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement;
      if (event.key !== '/' || target.matches('input, textarea, select, [contenteditable]')) return;
      event.preventDefault();
      input.current?.focus({ cursor: 'all' });
    };
    addEventListener('keydown', slash);
    return () => removeEventListener('keydown', slash);
  }, []);
  return (
    <Input
      ref={input}
      className="tasks-search"
      type="search"
      aria-label={t('tasks.search')}
      placeholder={t('tasks.search')}
      prefix={<SearchOutlined />}
      suffix={<kbd aria-hidden="true">/</kbd>}
      value={typed}
      onChange={({ target }) => setTyped(target.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        if (typed === '') event.currentTarget.blur();
        setTyped('');
      }}
    />
  );
}

interface StateChipsProps {
  readonly chosen: readonly TaskStateWord[];
  readonly onChange: (states: readonly TaskStateWord[]) => void;
}

/** One button for each state there is, with how many tasks are in it. */
function StateChips({ chosen, onChange }: StateChipsProps): ReactNode {
  const { t } = useMessages();
  const tasks = useLive((state) => state.tasks);
  const counts = useMemo(() => countStates(tasks.values()), [tasks]);
  const states = [...new Set([...counts.keys(), ...chosen])].sort();
  return (
    <div className="chips" role="group" aria-label={t('tasks.states')}>
      {states.map((state) => {
        const on = chosen.includes(state);
        return (
          <button
            key={state}
            type="button"
            className="chip"
            aria-pressed={on}
            onClick={() => onChange(on ? chosen.filter((one) => one !== state) : [...chosen, state])}
          >
            <span className={`state ${toneOf(state)}`}>
              <StateShape state={state} />
              {state}
            </span>
            <span>{counts.get(state) ?? 0}</span>
          </button>
        );
      })}
    </div>
  );
}
