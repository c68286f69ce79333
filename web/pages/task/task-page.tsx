import { lazy, Suspense, type ReactNode } from 'react';
import { NavLink, useParams } from 'react-router';
import type { TaskDetail } from '../../../server/api/schema/task-detail.js';
import { useLive, useTaskSummary } from '../../live/use-live.js';
import { useMessages } from '../../messages/language.js';
import { Page } from '../../parts/page.js';
import { ProblemMessage } from '../../parts/problem-message.js';
import { PageShapes } from '../../parts/shapes.js';
import { useTaskDetail } from '../../tasks/task-queries.js';
import { NotFoundPage } from '../not-found-page.js';
import { NowView } from './now-view.js';
import { TaskActions } from './task-actions.js';
import { TaskGone } from './task-gone.js';
import { TaskHeading } from './task-heading.js';
import { TaskTroubles } from './task-troubles.js';
import '../../styles/task.css';

const ConfigurationView = lazy(async () => ({ default: (await import('./configuration-view.js')).ConfigurationView }));
const ChangesView = lazy(async () => ({ default: (await import('./changes-view.js')).ChangesView }));
const HistoryView = lazy(async () => ({ default: (await import('./history-view.js')).HistoryView }));

const VIEWS = ['now', 'configuration', 'changes', 'history'] as const;
type View = (typeof VIEWS)[number];

/** One task: what it does now, how it is configured, what passes through it, and what it did. */
export function TaskPage(): ReactNode {
  const { task: name = '', view = 'now' } = useParams();
  const { t } = useMessages();
  const known = useLive((state) => state.known);
  const live = useTaskSummary(name);
  const detail = useTaskDetail(name);
  const shown = VIEWS.find((one) => one === view);
  if (shown === undefined) return <NotFoundPage />;
  // The stream is the first to know that a task is gone, and the only one to know of a Server that is gone.
  if (known && live === undefined && (detail.data === undefined || !detail.isFetching)) {
    if (detail.isPending) return <PageShapes />;
    return <TaskGone name={name} error={detail.error} />;
  }
  if (detail.data === undefined) {
    return detail.isPending ? (
      <PageShapes />
    ) : (
      <ProblemMessage error={detail.error} retry={() => void detail.refetch()} />
    );
  }
  const summary = live ?? detail.data.summary;
  return (
    <Page
      title={name}
      heading={<TaskHeading summary={summary} />}
      actions={<TaskActions summary={summary} detail={detail.data} />}
    >
      <div className="stack wide">
        <TaskTroubles summary={summary} detail={detail.data} />
        <nav className="tabs" aria-label={t('task.views')}>
          {VIEWS.map((one) => (
            <NavLink
              key={one}
              to={one === 'now' ? `/tasks/${encodeURIComponent(name)}` : `/tasks/${encodeURIComponent(name)}/${one}`}
              end
            >
              {t(`task.view.${one}`)}
            </NavLink>
          ))}
        </nav>
        <Suspense fallback={<PageShapes />}>
          <ViewOf view={shown} detail={{ ...detail.data, summary }} />
        </Suspense>
      </div>
    </Page>
  );
}

function ViewOf({ view, detail }: { readonly view: View; readonly detail: TaskDetail }): ReactNode {
  switch (view) {
    case 'now':
      return <NowView detail={detail} />;
    case 'configuration':
      return <ConfigurationView detail={detail} />;
    case 'changes':
      return <ChangesView detail={detail} />;
    case 'history':
      return <HistoryView detail={detail} />;
  }
}
