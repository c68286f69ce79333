import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Checkbox } from 'antd';
import { useState, type ReactNode } from 'react';
import type { sessionItem } from '../../../server/api/schema/access.js';
import { request } from '../../api/request.js';
import { useMay } from '../../api/session.js';
import { useMessages } from '../../messages/language.js';
import { Ago } from '../../parts/age.js';
import { ListTable } from '../../parts/list-table.js';
import { Loaded } from '../../parts/loaded.js';
import { tell } from '../../parts/notices.js';
import { Panel } from '../../parts/panel.js';
import { tellFailure } from '../../tasks/orders.js';

type SessionItem = (typeof sessionItem)['_output'];

/** Where one is signed in; an admin sees everybody. */
export function SessionsPanel(): ReactNode {
  const { t } = useMessages();
  const admin = useMay('admin');
  const [all, setAll] = useState(false);
  const sessions = useQuery({
    queryKey: ['sessions', all],
    queryFn: ({ signal }) =>
      request<{ sessions: readonly SessionItem[] }>('/sessions', { signal, query: { user: all ? '*' : undefined } }),
  });
  return (
    <Panel
      title={t('sessions.title')}
      extra={
        admin && (
          <Checkbox checked={all} onChange={({ target }) => setAll(target.checked)}>
            {t('sessions.all')}
          </Checkbox>
        )
      }
      flush
    >
      {sessions.data === undefined ? (
        <div className="panel-body">
          <Loaded query={sessions}>{() => null}</Loaded>
        </div>
      ) : (
        <SessionTable sessions={sessions.data.sessions} />
      )}
    </Panel>
  );
}

function SessionTable({ sessions }: { readonly sessions: readonly SessionItem[] }): ReactNode {
  const { t } = useMessages();
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: (id: string) => request(`/sessions/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSuccess: () => tell(t('sessions.ended')),
    onError: tellFailure,
    onSettled: () => void queries.invalidateQueries({ queryKey: ['sessions'] }),
  });
  if (sessions.length === 0) return <p className="panel-body quiet">{t('sessions.none')}</p>;
  return (
    <ListTable
      label={t('sessions.title')}
      items={sessions}
      keyOf={({ id }) => id}
      columns={[
        { name: 'user', heading: t('sessions.user'), look: 'lead', cell: ({ user }) => user },
        { name: 'from', heading: t('sessions.from'), cell: ({ from }) => <span className="mono">{from}</span> },
        {
          name: 'agent',
          heading: t('sessions.agent'),
          cell: ({ agent }) => (
            <span className="small break" title={agent}>
              {browserOf(agent)}
            </span>
          ),
        },
        { name: 'began', heading: t('sessions.began'), cell: ({ createdAt }) => <Ago at={createdAt} /> },
        { name: 'seen', heading: t('sessions.seen'), cell: ({ seenAt }) => <Ago at={seenAt} /> },
        {
          name: 'actions',
          heading: '',
          look: 'actions',
          cell: ({ id, current }) =>
            current ? (
              <span className="tag">{t('sessions.this')}</span>
            ) : (
              <Button size="small" loading={end.isPending && end.variables === id} onClick={() => end.mutate(id)}>
                {t('sessions.end')}
              </Button>
            ),
        },
      ]}
    />
  );
}

/** A browser's name and machine out of what it calls itself; the whole text is told on hover. */
function browserOf(agent: string): string {
  const browser = /(Firefox|Edg|OPR|Chrome|Version)\/(\d+)/.exec(agent);
  const machine = /\(([^;)]+)/.exec(agent)?.[1];
  if (browser === null) return agent.slice(0, 60);
  const name = { Edg: 'Edge', OPR: 'Opera', Version: 'Safari' }[browser[1]!] ?? browser[1]!;
  return [`${name} ${browser[2]!}`, machine].filter(Boolean).join(', ');
}
