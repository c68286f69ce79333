import type { ReactNode } from 'react';
import { isProblem } from '../../api/problem.js';
import { useMessages } from '../../messages/language.js';
import { CodeBlock } from '../../parts/code-block.js';
import { Empty } from '../../parts/empty.js';
import { Page } from '../../parts/page.js';
import { Panel } from '../../parts/panel.js';
import { ProblemMessage } from '../../parts/problem-message.js';
import { PageShapes } from '../../parts/shapes.js';
import { useAlerts, useMonitors } from './alert-answers.js';
import { PastAlertsPanel, SilencesPanel } from './alert-panels.js';
import { OpenAlert } from './open-alert.js';
import '../../styles/overview.css';

/** The alerts that are open now. They are the Monitor's: without one nothing is watched, and the page says so. */
export function AlertsPage(): ReactNode {
  const { t } = useMessages();
  const alerts = useAlerts();
  const monitors = useMonitors();
  if (alerts.isPending || monitors.isPending) return <PageShapes />;
  // A Server without the Monitor's routes knows of no alerts.
  const unreadable = alerts.error !== null && !(isProblem(alerts.error) && alerts.error.status === 404);
  const open = alerts.data?.alerts ?? [];
  const watched = (monitors.data?.monitors ?? []).some(({ acting }) => acting);
  return (
    <Page title={t('nav.alerts')}>
      <div className="stack wide">
        {unreadable && <ProblemMessage error={alerts.error} retry={() => void alerts.refetch()} />}
        {!watched && (
          <div className="message warn" role="status">
            <h2>{t('alerts.no-monitor')}</h2>
            <p>{t('alerts.no-monitor.body')}</p>
            <CodeBlock text="mysql-replicator monitor" what={t('overview.command')} />
          </div>
        )}
        {open.length === 0 ? (
          <div className="panel">
            <Empty title={watched ? t('alerts.none') : t('alerts.unwatched')}>{t('alerts.none.body')}</Empty>
          </div>
        ) : (
          <Panel title={t('alerts.open', { count: open.length })} flush>
            <ul className="top-list alert-list">
              {open.map((alert) => (
                <OpenAlert key={alert.id} alert={alert} />
              ))}
            </ul>
          </Panel>
        )}
        <SilencesPanel />
        <PastAlertsPanel />
      </div>
    </Page>
  );
}
