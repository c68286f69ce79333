import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { useState, type ReactNode } from 'react';
import { Link, useSearchParams } from 'react-router';
import type { AuditItem } from '../../server/api/schema/access.js';
import { request } from '../api/request.js';
import { useMay } from '../api/session.js';
import { useMessages } from '../messages/language.js';
import { Moment } from '../parts/age.js';
import { Empty } from '../parts/empty.js';
import { ListTable } from '../parts/list-table.js';
import { Page } from '../parts/page.js';
import { ProblemMessage } from '../parts/problem-message.js';
import { Shapes } from '../parts/shapes.js';
import { Forbidden } from './forbidden.js';

const FILTERS = ['who', 'action', 'object'] as const;

interface AuditPart {
  readonly records: readonly AuditItem[];
  readonly kept: number;
}

/** Who did what, when, from where, with what before and after. The filter stands in the address. */
export function AuditPage(): ReactNode {
  const { t } = useMessages();
  const allowed = useMay('operator');
  const [address, setAddress] = useSearchParams();
  const query = Object.fromEntries(FILTERS.map((name) => [name, address.get(name) ?? undefined]));
  const audit = useInfiniteQuery({
    queryKey: ['audit', query],
    enabled: allowed,
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam, signal }) =>
      request<AuditPart>('/audit', { signal, query: { ...query, before: pageParam, limit: PAGE } }),
    getNextPageParam: ({ records }) => (records.length < PAGE ? undefined : records.at(-1)?.sequence),
  });
  if (!allowed) return <Forbidden role="operator" />;
  const records = audit.data?.pages.flatMap((part) => part.records) ?? [];
  const set = (name: string, value: string): void =>
    setAddress(
      (present) => {
        if (value === '') present.delete(name);
        else present.set(name, value);
        return present;
      },
      { replace: true },
    );
  return (
    <Page
      title={t('nav.audit')}
      subtitle={audit.data === undefined ? undefined : t('audit.kept', { count: audit.data.pages[0]?.kept ?? 0 })}
    >
      <div className="stack">
        <div className="row">
          {FILTERS.map((name) => (
            <Filter
              key={name}
              label={t(`audit.${name}`)}
              value={address.get(name) ?? ''}
              onChange={(value) => set(name, value)}
            />
          ))}
        </div>
        <div className="panel">
          {audit.isPending && (
            <div className="panel-body">
              <Shapes lines={6} />
            </div>
          )}
          {audit.error !== null && <ProblemMessage error={audit.error} retry={() => void audit.refetch()} />}
          {audit.data !== undefined && records.length === 0 && <Empty title={t('audit.none')} />}
          {records.length > 0 && <Records records={records} />}
        </div>
        {audit.hasNextPage && (
          <div>
            <Button loading={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
              {t('audit.more')}
            </Button>
          </div>
        )}
      </div>
    </Page>
  );
}

const PAGE = 100;

function Filter({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}): ReactNode {
  const [typed, setTyped] = useState(value);
  return (
    <Input
      className="audit-filter"
      aria-label={label}
      placeholder={label}
      value={typed}
      onChange={({ target }) => setTyped(target.value)}
      onBlur={() => onChange(typed.trim())}
      onPressEnter={() => onChange(typed.trim())}
    />
  );
}

function Records({ records }: { readonly records: readonly AuditItem[] }): ReactNode {
  const { t } = useMessages();
  return (
    <ListTable
      label={t('nav.audit')}
      items={records}
      keyOf={({ sequence }) => String(sequence)}
      columns={[
        { name: 'at', heading: t('audit.at'), cell: ({ at }) => <Moment at={at} /> },
        {
          name: 'action',
          heading: t('audit.action'),
          look: 'lead',
          cell: ({ action }) => <span className="mono">{action}</span>,
        },
        { name: 'object', heading: t('audit.object'), cell: ({ object }) => <ObjectName object={object} /> },
        {
          name: 'outcome',
          heading: t('audit.outcome'),
          cell: ({ outcome }) => (
            <span className={outcome === 'done' ? '' : 'event-bad'}>{t(`audit.outcome.${outcome}`)}</span>
          ),
        },
        {
          name: 'who',
          heading: t('audit.who'),
          cell: ({ who, by, role }) => (
            <span title={role}>{`${who ?? t('audit.nobody')} · ${t(`audit.by.${by}`)}`}</span>
          ),
        },
        { name: 'from', heading: t('audit.from'), cell: ({ from }) => <span className="mono">{from}</span> },
        {
          name: 'change',
          heading: t('audit.change'),
          cell: ({ before, after }) => <Change before={before} after={after} />,
        },
      ]}
    />
  );
}

function ObjectName({ object }: { readonly object: string }): ReactNode {
  const task = /^tasks\/(.+)$/.exec(object)?.[1];
  return task === undefined ? object : <Link to={`/tasks/${encodeURIComponent(task)}`}>{task}</Link>;
}

const BRIEF = 120;

function Change({ before, after }: { readonly before: unknown; readonly after: unknown }): ReactNode {
  const { t } = useMessages();
  const parts = [before, after].filter((value) => value !== undefined).map((value) => JSON.stringify(value));
  const text = parts.join(' → ');
  if (text === '') return null;
  if (text.length <= BRIEF) return <code className="break">{text}</code>;
  return (
    <details>
      <summary>{t('audit.show')}</summary>
      <pre className="audit-change">
        {[before, after]
          .filter((value) => value !== undefined)
          .map((value) => JSON.stringify(value, undefined, 2))
          .join('\n→\n')}
      </pre>
    </details>
  );
}
