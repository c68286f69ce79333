import { useQuery } from '@tanstack/react-query';
import { useEffect, type ReactNode } from 'react';
import { Link, useLocation } from 'react-router';
import type { BrokerCluster } from '../../../server/api/schema/cluster.js';
import type { GroupSummary } from '../../../server/api/schema/task-summary.js';
import { request } from '../../api/request.js';
import { useLive } from '../../live/use-live.js';
import { useMessages } from '../../messages/language.js';
import { CodeBlock } from '../../parts/code-block.js';
import { Empty } from '../../parts/empty.js';
import { ListTable } from '../../parts/list-table.js';
import { Loaded } from '../../parts/loaded.js';
import { Page } from '../../parts/page.js';
import { Panel } from '../../parts/panel.js';
import { PageShapes } from '../../parts/shapes.js';
import { CoreCard } from './core-card.js';
import { ZookeeperPanel } from './zookeeper-panel.js';
import '../../styles/cluster.css';

const BROKERS_EVERY_MS = 30_000;

/** Everything that carries the tasks: Cores, groups, ZooKeeper, Kafka. */
export function ClusterPage(): ReactNode {
  const { t } = useMessages();
  const known = useLive((state) => state.known);
  const cores = useLive((state) => state.cores);
  const groups = useLive((state) => state.groups);
  const { hash } = useLocation();
  useEffect(() => {
    if (known && hash !== '')
      document.getElementById(decodeURIComponent(hash.slice(1)))?.scrollIntoView({ block: 'center' });
  }, [hash, known]);
  if (!known) return <PageShapes />;
  return (
    <Page title={t('nav.cluster')}>
      <div className="stack wide">
        <section className="stack" aria-label={t('overview.cores', { count: cores.size })}>
          <h2>{t('overview.cores', { count: cores.size })}</h2>
          {cores.size === 0 ? (
            <div className="panel">
              <Empty title={t('cluster.no-core')}>{t('overview.no-cores')}</Empty>
              <div className="panel-body first-command">
                <CodeBlock text="mysql-replicator core --group shop --capacity 40" what={t('overview.command')} />
              </div>
            </div>
          ) : (
            <ul className="cores">
              {[...cores.values()].map((core) => (
                <CoreCard key={core.name} core={core} />
              ))}
            </ul>
          )}
        </section>
        <GroupsPanel groups={[...groups.values()]} />
        <ZookeeperPanel />
        <BrokersPanel />
      </div>
    </Page>
  );
}

function GroupsPanel({ groups }: { readonly groups: readonly GroupSummary[] }): ReactNode {
  const { t } = useMessages();
  return (
    <Panel title={t('cluster.groups')} flush>
      {groups.length === 0 ? (
        <p className="panel-body quiet">{t('overview.no-groups')}</p>
      ) : (
        <ListTable
          label={t('cluster.groups')}
          items={groups}
          keyOf={({ name }) => name}
          columns={[
            {
              name: 'name',
              heading: t('tasks.group'),
              look: 'lead',
              cell: ({ name }) => <Link to={`/tasks?group=${encodeURIComponent(name)}`}>{name}</Link>,
            },
            { name: 'tasks', heading: t('cluster.tasks'), look: 'number', cell: ({ tasks }) => tasks },
            { name: 'running', heading: t('cluster.running'), look: 'number', cell: ({ running }) => running },
            {
              name: 'instances',
              heading: t('cluster.instances'),
              look: 'number',
              cell: ({ instances, wanted }) => (
                <span className={instances < wanted ? 'lacking' : ''}>
                  {t('load.of', { load: instances, capacity: wanted })}
                </span>
              ),
            },
            {
              name: 'unserved',
              heading: 'UNSERVED',
              look: 'number',
              cell: ({ unserved }) => <span className={unserved > 0 ? 'lacking strong' : ''}>{unserved}</span>,
            },
            {
              name: 'room',
              heading: t('cluster.room'),
              look: 'number',
              cell: ({ room }) => <span className={room === 0 ? 'lacking' : ''}>{room}</span>,
            },
            {
              name: 'cores',
              heading: t('cluster.cores'),
              cell: ({ cores }) =>
                cores.length === 0 ? <span className="lacking">{t('cluster.none')}</span> : cores.join(', '),
            },
          ]}
        />
      )}
    </Panel>
  );
}

function BrokersPanel(): ReactNode {
  const { t } = useMessages();
  const brokers = useQuery({
    queryKey: ['brokers'],
    queryFn: ({ signal }) => request<{ clusters: readonly BrokerCluster[] }>('/brokers', { signal }),
    refetchInterval: BROKERS_EVERY_MS,
  });
  return (
    <Panel title={t('cluster.brokers')} flush>
      <div className="panel-body stack">
        <Loaded query={brokers} lines={3}>
          {({ clusters }) => (
            <>
              {clusters.length === 0 && <p className="quiet">{t('cluster.no-brokers')}</p>}
              {clusters.map((cluster) => (
                <BrokerClusterView key={cluster.cluster.join()} cluster={cluster} />
              ))}
            </>
          )}
        </Loaded>
      </div>
    </Panel>
  );
}

function BrokerClusterView({
  cluster: { cluster, ok, clusterId, controller, brokers, tasks, detail },
}: {
  readonly cluster: BrokerCluster;
}): ReactNode {
  const { t } = useMessages();
  return (
    <section className="stack" aria-label={cluster.join(', ')}>
      <div className="row spread">
        <h3 className="mono break">{clusterId ?? cluster.join(', ')}</h3>
        <span className="quiet small">{t('cluster.used-by', { count: tasks.length })}</span>
      </div>
      {!ok && <p className="message bad break">{detail}</p>}
      <ul className="brokers">
        {brokers.map(({ id, host, port }) => (
          <li key={id}>
            <span className="strong">{id}</span>
            <span className="mono break">
              {host}:{port}
            </span>
            {id === controller && <span className="tag">{t('cluster.controller')}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
