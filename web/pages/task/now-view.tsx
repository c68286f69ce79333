import type { ReactNode } from 'react';
import type { TaskDetail } from '../../../server/api/schema/task-detail.js';
import { LastCommitPanel } from './last-commit-panel.js';
import { Pipeline } from './pipeline.js';
import { TaskCharts } from './task-charts.js';

/** What the task does now: the way of the data from left to right, how it went lately, and how far it is. */
export function NowView({ detail }: { readonly detail: TaskDetail }): ReactNode {
  return (
    <div className="stack wide">
      <Pipeline detail={detail} />
      <TaskCharts name={detail.summary.name} />
      <LastCommitPanel detail={detail} />
    </div>
  );
}
