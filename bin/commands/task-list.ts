import { listCores } from '../../coordination/cores.js';
import { formatPosition } from '../../coordination/position.js';
import type { CoreInfo } from '../../coordination/schema/znodes.js';
import type { Session } from '../../coordination/session.js';
import { listTasks } from '../../coordination/task-list.js';
import { duration, rate } from '../quantities.js';
import type { Screen, Style } from '../screen.js';
import { isThere, summarise, type TaskState, type TaskSummary } from '../../coordination/task-state.js';
import { withSession } from '../with-session.js';
import type { CommandContext } from './context.js';

const HEADING = ['TASK', 'STATE', 'RUNNING/STANDBY', 'WHERE', 'POSITION', 'LAG', 'RATE'];

/** Every task with its state, one line each. */
export async function taskList(context: CommandContext): Promise<void> {
  const { screen } = context;
  const [overviews, cores] = await withSession(context, async (session) =>
    Promise.all([listTasks(session), livingCores(session)]),
  );
  const tasks = overviews.filter(isThere).map((overview) => summarise(overview, cores));
  screen.emit({ tasks });
  if (tasks.length === 0) return screen.say('no tasks; register one with: mysql-replicator task register -f FILE');
  screen.table(
    HEADING,
    tasks.map((task) => row(screen, task)),
  );
}

/** What the living Cores say of themselves; one that cannot be read is left out. @throws CoordinationError */
export async function livingCores(session: Session): Promise<CoreInfo[]> {
  const all = await listCores(session);
  return all.flatMap(({ reading }) => (reading.kind === 'present' ? [reading.value] : []));
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
  return state === 'STOPPED' || state === 'UNREADABLE' || state === 'UNSERVED' ? 'red' : 'yellow';
}
