import { formatPosition } from '../../coordination/position.js';
import { listTasks } from '../../coordination/task-list.js';
import { duration, rate } from '../quantities.js';
import type { Screen, Style } from '../screen.js';
import { isThere, summarise, type TaskState, type TaskSummary } from '../task-state.js';
import { withSession } from '../with-session.js';
import type { CommandContext } from './context.js';

const HEADING = ['TASK', 'STATE', 'RUNNING/STANDBY', 'WHERE', 'POSITION', 'LAG', 'RATE'];

/** Every task with its state, one line each. */
export async function taskList(context: CommandContext): Promise<void> {
  const { screen } = context;
  const overviews = await withSession(context, listTasks);
  const tasks = overviews.filter(isThere).map(summarise);
  screen.emit({ tasks });
  if (tasks.length === 0) return screen.say('no tasks; register one with: mysql-replicator task register -f FILE');
  screen.table(
    HEADING,
    tasks.map((task) => row(screen, task)),
  );
}

function row(screen: Screen, task: TaskSummary): string[] {
  return [
    task.task,
    paintedState(screen, task),
    `${task.running}/${task.standby}`,
    task.core ?? '-',
    task.position === undefined ? '-' : formatPosition(task.position),
    task.lagMs === undefined ? '-' : duration(task.lagMs),
    task.rowsPerSecond === undefined ? '-' : rate(task.rowsPerSecond),
  ];
}

export function paintedState(screen: Screen, { state, kind }: TaskSummary): string {
  const text = kind === undefined ? state : `${state} ${kind}`;
  return screen.paint(styleOf(state), text);
}

function styleOf(state: TaskState): Style {
  if (state === 'RUNNING') return 'green';
  return state === 'STOPPED' || state === 'UNREADABLE' ? 'red' : 'yellow';
}
