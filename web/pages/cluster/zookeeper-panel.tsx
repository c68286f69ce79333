import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { ZookeeperMember } from '../../../server/api/schema/cluster.js';
import { request } from '../../api/request.js';
import { useFormat } from '../../format/use-format.js';
import { useMessages } from '../../messages/language.js';
import { ListTable } from '../../parts/list-table.js';
import { Loaded } from '../../parts/loaded.js';
import { Panel } from '../../parts/panel.js';

const EVERY_MS = 10_000;

/** The members of the ensemble, as each says of itself. */
export function ZookeeperPanel(): ReactNode {
  const { t } = useMessages();
  const format = useFormat();
  const members = useQuery({
    queryKey: ['zookeeper'],
    queryFn: ({ signal }) => request<{ members: readonly ZookeeperMember[] }>('/zookeeper', { signal }),
    refetchInterval: EVERY_MS,
  });
  return (
    <Panel title="ZooKeeper" flush>
      {members.data === undefined ? (
        <div className="panel-body">
          <Loaded query={members} lines={3}>
            {() => null}
          </Loaded>
        </div>
      ) : (
        <ListTable
          label="ZooKeeper"
          items={members.data.members}
          keyOf={({ server }) => server}
          columns={[
            {
              name: 'server',
              heading: t('zookeeper.server'),
              look: 'lead',
              cell: ({ server }) => <span className="mono">{server}</span>,
            },
            {
              name: 'role',
              heading: t('zookeeper.role'),
              cell: ({ ok, role, detail }) =>
                ok ? (
                  <span className={role === 'leader' ? 'strong' : ''}>{role ?? detail ?? '?'}</span>
                ) : (
                  <span className="event-bad">{detail ?? t('zookeeper.silent')}</span>
                ),
            },
            {
              name: 'round-trip',
              heading: t('zookeeper.round-trip'),
              look: 'number',
              cell: ({ roundTripMs }) => shown(roundTripMs, format.duration),
            },
            {
              name: 'latency',
              heading: t('zookeeper.latency'),
              look: 'number',
              cell: ({ latencyMs }) =>
                latencyMs === undefined
                  ? '–'
                  : `${format.exactly(latencyMs.avg)} / ${format.exactly(latencyMs.max)} ms`,
            },
            {
              name: 'connections',
              heading: t('zookeeper.connections'),
              look: 'number',
              cell: ({ connections }) => shown(connections, format.number),
            },
            {
              name: 'outstanding',
              heading: t('zookeeper.outstanding'),
              look: 'number',
              cell: ({ outstanding }) => shown(outstanding, format.number),
            },
            {
              name: 'znodes',
              heading: t('zookeeper.znodes'),
              look: 'number',
              cell: ({ znodes }) => shown(znodes, format.number),
            },
            { name: 'version', heading: t('about.version'), cell: ({ version }) => version?.split('-')[0] ?? '–' },
          ]}
        />
      )}
    </Panel>
  );
}

function shown(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? '–' : format(value);
}
