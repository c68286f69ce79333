import type { ReactNode } from 'react';
import type { TaskDetail } from '../../../server/api/schema/task-detail.js';
import { useMessages } from '../../messages/language.js';
import { Empty } from '../../parts/empty.js';
import { Ago, Moment } from '../../parts/age.js';
import { CopyButton } from '../../parts/copy-button.js';
import { ListTable } from '../../parts/list-table.js';
import { Panel } from '../../parts/panel.js';
import { useTimeline } from '../../tasks/task-queries.js';
import { EventList } from './event-list.js';

const DAY_MS = 86_400_000;

/** Who led the task, from when on and from where; and what happened in the last day. */
export function HistoryView({ detail }: { readonly detail: TaskDetail }): ReactNode {
  const { t } = useMessages();
  const timeline = useTimeline(detail.summary.name, DAY_MS);
  return (
    <div className="stack wide">
      <Panel title={t('history.events')}>
        <div className="stack">
          <EventList events={timeline.data?.events ?? []} />
        </div>
      </Panel>
      <Panel title={t('history.terms')} flush>
        {detail.terms.length === 0 ? (
          <Empty title={t('history.no-terms')} />
        ) : (
          <ListTable
            label={t('history.terms')}
            items={detail.terms}
            keyOf={({ term }) => String(term)}
            columns={[
              { name: 'began', heading: t('history.began'), look: 'lead', cell: ({ began }) => <Moment at={began} /> },
              { name: 'ago', heading: t('history.ago'), cell: ({ began }) => <Ago at={began} /> },
              { name: 'core', heading: t('history.core'), cell: ({ core, host }) => `${core} · ${host}` },
              {
                name: 'from',
                heading: t('history.from'),
                cell: ({ from }) =>
                  from === undefined ? (
                    '–'
                  ) : (
                    <span className="row tight">
                      <code>{from}</code>
                      <CopyButton text={from} what={t('history.from')} />
                    </span>
                  ),
              },
              {
                name: 'term',
                heading: t('commit.term'),
                cell: ({ term }) => <span className="mono">{String(term)}</span>,
              },
            ]}
          />
        )}
      </Panel>
    </div>
  );
}
