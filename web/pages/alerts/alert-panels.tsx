import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import type { ReactNode } from 'react';
import { request } from '../../api/request.js';
import { useMay } from '../../api/session.js';
import { useFormat } from '../../format/use-format.js';
import { useMessages } from '../../messages/language.js';
import { Ago } from '../../parts/age.js';
import { ListTable } from '../../parts/list-table.js';
import { Panel } from '../../parts/panel.js';
import { tellFailure } from '../../tasks/orders.js';
import { usePastAlerts, useSilences, type SilenceView } from './alert-answers.js';

/** What nobody is told of now, and until when. */
export function SilencesPanel(): ReactNode {
  const { t } = useMessages();
  const format = useFormat();
  const operator = useMay('operator');
  const queries = useQueryClient();
  const silences = useSilences().data?.silences ?? [];
  const end = useMutation({
    mutationFn: ({ id }: SilenceView) => request(`/silences/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['alerts'] }),
    onError: tellFailure,
  });
  if (silences.length === 0) return null;
  return (
    <Panel title={t('alerts.silences')} flush>
      <ListTable
        label={t('alerts.silences')}
        items={silences}
        keyOf={({ id }) => id}
        columns={[
          {
            name: 'what',
            heading: t('alerts.what'),
            look: 'lead',
            cell: ({ match }) => Object.values(match).flat().join(', '),
          },
          { name: 'until', heading: t('alerts.until'), cell: ({ until }) => format.moment(until) },
          { name: 'who', heading: t('audit.who'), cell: ({ by, reason }) => [by, reason].filter(Boolean).join(' · ') },
          {
            name: 'end',
            heading: '',
            look: 'actions',
            cell: (silence) =>
              operator && (
                <Button size="small" loading={end.isPending} onClick={() => end.mutate(silence)}>
                  {t('alerts.end-silence')}
                </Button>
              ),
          },
        ]}
      />
    </Panel>
  );
}

const SHOWN = 30;

/** Alerts that are over, newest first. */
export function PastAlertsPanel(): ReactNode {
  const { t } = useMessages();
  const past = [...(usePastAlerts().data?.entries ?? [])].reverse().slice(0, SHOWN);
  if (past.length === 0) return null;
  return (
    <Panel title={t('alerts.past')} flush>
      <ul className="top-list alert-list">
        {past.map(({ id, since, severity, text, resolvedAt }) => (
          <li key={`${id} ${since}`}>
            <span className="tag">{severity}</span>
            <span className="break">{text}</span>
            <span className="quiet small">{resolvedAt !== undefined && <Ago at={resolvedAt} />}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
