import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { useLive } from '../live/use-live.js';
import { useMessages } from '../messages/language.js';
import { Ago } from '../parts/age.js';
import { CodeBlock } from '../parts/code-block.js';
import { Empty } from '../parts/empty.js';
import { Page } from '../parts/page.js';
import { Panel } from '../parts/panel.js';
import { PageShapes } from '../parts/shapes.js';

/** What the console reads of an open alert; the Monitor writes more. */
interface AlertView {
  readonly id: string;
  readonly severity: string;
  readonly title: string;
  readonly detail?: string;
  readonly task?: string;
  readonly core?: string;
  readonly since?: number;
}

/** The alerts that are open now. They are the Monitor's: without one nothing is watched, and the page says so. */
export function AlertsPage(): ReactNode {
  const { t } = useMessages();
  const known = useLive((state) => state.known);
  const alerts = useLive((state) => state.alerts);
  const monitors = useLive((state) => state.monitors);
  if (!known) return <PageShapes />;
  const open = alerts.map(readAlert);
  return (
    <Page title={t('nav.alerts')}>
      <div className="stack wide">
        {monitors.length === 0 && (
          <div className="message warn" role="status">
            <h2>{t('alerts.no-monitor')}</h2>
            <p>{t('alerts.no-monitor.body')}</p>
            <CodeBlock text="mysql-replicator monitor" what={t('overview.command')} />
          </div>
        )}
        {open.length === 0 ? (
          <div className="panel">
            <Empty title={monitors.length === 0 ? t('alerts.unwatched') : t('alerts.none')}>
              {t('alerts.none.body')}
            </Empty>
          </div>
        ) : (
          <Panel title={t('alerts.open', { count: open.length })} flush>
            <ul className="top-list alert-list">
              {open.map((alert) => (
                <AlertLine key={alert.id} alert={alert} />
              ))}
            </ul>
          </Panel>
        )}
      </div>
    </Page>
  );
}

function AlertLine({
  alert: { severity, title, detail, task, core, since },
}: {
  readonly alert: AlertView;
}): ReactNode {
  return (
    <li>
      <span className={severity === 'critical' ? 'tag event-bad' : 'tag'}>{severity}</span>
      <span className="stack close">
        <span className="strong break">{title}</span>
        {detail !== undefined && <span className="quiet small break">{detail}</span>}
        {task !== undefined && (
          <Link className="small" to={`/tasks/${encodeURIComponent(task)}`}>
            {task}
          </Link>
        )}
        {core !== undefined && (
          <Link className="small" to={`/cluster#core-${core}`}>
            {core}
          </Link>
        )}
      </span>
      <span className="quiet small">{since !== undefined && <Ago at={since} />}</span>
    </li>
  );
}

function readAlert(value: unknown, index: number): AlertView {
  const found = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const text = (...names: readonly string[]): string | undefined => {
    const value = names.map((name) => found[name]).find((one) => typeof one === 'string');
    return typeof value === 'string' ? value : undefined;
  };
  const since = found['since'] ?? found['at'] ?? found['openedAt'];
  const [detail, task, core] = [text('detail', 'message'), text('task'), text('core')];
  return {
    id: text('id', 'key') ?? String(index),
    severity: text('severity', 'level') ?? 'warning',
    title: text('title', 'text', 'rule', 'name') ?? '?',
    ...(detail === undefined ? {} : { detail }),
    ...(task === undefined ? {} : { task }),
    ...(core === undefined ? {} : { core }),
    ...(typeof since === 'number' ? { since } : {}),
  };
}
