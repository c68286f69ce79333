import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { About } from '../../server/api/schema/cluster.js';
import { request } from '../api/request.js';
import { useFormat } from '../format/use-format.js';
import { useMessages } from '../messages/language.js';
import { Since } from '../parts/age.js';
import { CopyButton } from '../parts/copy-button.js';
import { Loaded } from '../parts/loaded.js';
import { Page } from '../parts/page.js';
import { Panel } from '../parts/panel.js';

const EVERY_MS = 10_000;

/** Which Server this is, how it is, and where its API is described. */
export function AboutPage(): ReactNode {
  const { t } = useMessages();
  const about = useQuery({
    queryKey: ['about'],
    queryFn: ({ signal }) => request<About>('/about', { signal }),
    refetchInterval: EVERY_MS,
  });
  return (
    <Page title={t('nav.about')}>
      <div className="stack wide">
        <Loaded query={about} lines={8}>
          {(data) => (
            <>
              <Panel title={t('about.checks')}>
                <Checks checks={data.checks} />
              </Panel>
              <Panel title={t('about.server')}>
                <ServerFacts about={data} />
              </Panel>
            </>
          )}
        </Loaded>
        <Panel title={t('about.links')}>
          <ul className="stack close">
            <li>
              <a href="/api/docs">{t('about.api')}</a>
            </li>
            <li>
              <a href="/metrics">{t('about.metrics')}</a>
            </li>
          </ul>
        </Panel>
        <Panel title={t('about.keys')}>
          <dl className="facts">
            <dt>
              <kbd>/</kbd>
            </dt>
            <dd>{t('about.key.search')}</dd>
            <dt>
              <kbd>j</kbd> <kbd>k</kbd>
            </dt>
            <dd>{t('about.key.move')}</dd>
            <dt>
              <kbd>x</kbd>
            </dt>
            <dd>{t('about.key.select')}</dd>
            <dt>
              <kbd>Enter</kbd>
            </dt>
            <dd>{t('about.key.open')}</dd>
          </dl>
        </Panel>
      </div>
    </Page>
  );
}

function Checks({ checks }: { readonly checks: About['checks'] }): ReactNode {
  const { t } = useMessages();
  return (
    <ul className="findings">
      {checks.map(({ name, ok, detail }) => (
        <li key={name} className={ok ? 'finding ok' : 'finding error'}>
          <span className="finding-sign" aria-hidden="true">
            {ok ? '✓' : '✕'}
          </span>
          <span className="break">
            <span className="hidden-visually">{t(ok ? 'check.level.ok' : 'check.level.error')}</span>{' '}
            <span className="strong">{name}</span> {detail}
          </span>
        </li>
      ))}
    </ul>
  );
}

function ServerFacts({ about }: { readonly about: About }): ReactNode {
  const { t } = useMessages();
  const format = useFormat();
  const { version, node, startedAt, memoryBytes, streams, zookeeper } = about;
  return (
    <dl className="facts">
      <dt>{t('about.version')}</dt>
      <dd>
        <span className="row tight">
          mysql-replicator {version} · Node {node}
          <CopyButton text={`mysql-replicator ${version}, Node ${node}`} what={t('about.version')} />
        </span>
      </dd>
      <dt>{t('about.uptime')}</dt>
      <dd>
        <Since at={startedAt} />
      </dd>
      <dt>{t('about.memory')}</dt>
      <dd>{format.bytes(memoryBytes)}</dd>
      <dt>{t('about.streams')}</dt>
      <dd>{format.number(streams)}</dd>
      <dt>ZooKeeper</dt>
      <dd className="mono break">
        {zookeeper.servers}
        {zookeeper.root} · {zookeeper.state}
      </dd>
    </dl>
  );
}
