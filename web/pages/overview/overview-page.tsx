import type { ReactNode } from 'react';
import { Button } from 'antd';
import { Link } from 'react-router';
import { useMay } from '../../api/session.js';
import { useLive } from '../../live/use-live.js';
import { useMessages } from '../../messages/language.js';
import { CodeBlock } from '../../parts/code-block.js';
import { Empty } from '../../parts/empty.js';
import { Page } from '../../parts/page.js';
import { PageShapes } from '../../parts/shapes.js';
import { AttentionPanel } from './attention-panel.js';
import { CoresPanel } from './cores-panel.js';
import { Figures } from './figures.js';
import { OverviewCharts } from './overview-charts.js';
import { TopPanels } from './top-panels.js';
import '../../styles/overview.css';

/** Is anything wrong, what, since when, and what to do; if not, one line says so. */
export function OverviewPage(): ReactNode {
  const { t } = useMessages();
  const known = useLive((state) => state.known);
  const none = useLive((state) => state.tasks.size === 0);
  if (!known) return <PageShapes />;
  return (
    <Page title={t('nav.overview')}>
      {none ? (
        <FirstSteps />
      ) : (
        <div className="stack wide">
          <AttentionPanel />
          <Figures />
          <OverviewCharts />
          <TopPanels />
          <CoresPanel />
        </div>
      )}
    </Page>
  );
}

/** Nothing is registered yet: what to do first, in the order in which it is done. */
function FirstSteps(): ReactNode {
  const { t } = useMessages();
  const operator = useMay('operator');
  const cores = useLive((state) => state.cores.size);
  return (
    <div className="panel">
      <Empty
        title={t('tasks.none')}
        actions={
          operator && (
            <Link to="/tasks/new">
              <Button type="primary" tabIndex={-1}>
                {t('tasks.register')}
              </Button>
            </Link>
          )
        }
      >
        {t('tasks.none.next')}
      </Empty>
      <div className="panel-body first-steps">
        <p>{cores > 0 ? t('overview.cores-ready', { count: cores }) : t('overview.no-cores')}</p>
        {cores === 0 && (
          <CodeBlock text="mysql-replicator core --group shop --capacity 40" what={t('overview.command')} />
        )}
      </div>
    </div>
  );
}
