import type { WriteStream } from 'node:tty';
import { signInText } from './console.js';
import { TASK, type Demo } from './demo.js';
import { picture, takeOverText, type Scene } from './picture.js';
import { instancesOf } from './roster.js';

const OTHER_SCREEN = '\x1b[?1049h\x1b[?25l';
const BACK_AGAIN = '\x1b[?25h\x1b[?1049l';
const REDRAW_MS = 200;

function sceneOf(demo: Demo): Scene {
  return {
    task: TASK,
    now: Date.now(),
    ports: {
      mysql: demo.stack.mysql[0]?.port ?? 0,
      zookeeper: demo.zookeeper,
      kafka: demo.stack.kafka[0]?.brokers.join(',') ?? '',
    },
    logs: demo.logs,
    console: signInText(demo.console),
    cores: demo.cores.map(({ name, end, restartsIn }) => ({ name, end, restartsIn })),
    overview: demo.overview(),
    committed: demo.shop.committedRows,
    arrived: demo.tail.distinct,
    repeated: demo.tail.repeated,
    takeOvers: demo.roster.takeOvers,
    last: demo.tail.last,
  };
}

/** Redraws the picture in place until the signal; what stood in the terminal before stands there again afterwards. */
export async function showPicture(demo: Demo, terminal: WriteStream, stop: AbortSignal): Promise<void> {
  const draw = (): void => {
    const lines = picture(sceneOf(demo), { columns: terminal.columns || 80, rows: terminal.rows || 24 });
    terminal.write(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\r\n')}\x1b[J`);
  };
  terminal.write(OTHER_SCREEN);
  const timer = setInterval(draw, REDRAW_MS);
  terminal.on('resize', draw);
  try {
    draw();
    await aborted(stop);
  } finally {
    clearInterval(timer);
    terminal.off('resize', draw);
    terminal.write(BACK_AGAIN);
  }
}

/** Says each change of state in a line of its own until the signal. */
export async function sayChanges(demo: Demo, say: (line: string) => void, stop: AbortSignal): Promise<void> {
  const forget = followChanges(demo, say);
  try {
    await aborted(stop);
  } finally {
    forget();
  }
}

/** Says what is new now and whenever something has changed; returns its end. */
export function followChanges(demo: Demo, say: (line: string) => void): () => void {
  const told = new Map<string, string>();
  /** @param news what of the line is new: it is not said again while this stays the same */
  const tell = (subject: string, line: string, news = line): void => {
    if (told.get(subject) === news) return;
    told.set(subject, news);
    say(line);
  };
  const look = (): void => {
    const overview = demo.overview();
    const instances = instancesOf(overview);
    for (const { name, end, restartsIn } of demo.cores) {
      const instance = instances.find(({ core }) => core === name);
      if (end !== undefined) {
        tell(name, `${name} ${end}${restartsIn === undefined ? '' : '; it is started again after 10 s'}`, end);
      } else if (instance !== undefined) tell(name, `${name} ${instance.state}, pid ${instance.pid}`);
    }
    const progress = overview?.progress.kind === 'present' ? overview.progress.value : undefined;
    if (progress !== undefined) {
      const why = progress.failure === undefined ? '' : `: ${progress.failure.message}`;
      tell('phase', `${TASK} ${progress.phase} on ${progress.core}${why}`);
    }
    if (demo.tail.distinct > 0) tell('first', 'The first change has arrived in Kafka');
    const { takeOvers } = demo.roster;
    const last = takeOvers.at(-1);
    if (last?.arrivedMs !== undefined) tell(`take-over ${takeOvers.length}`, takeOverText(last));
    const running = instances.find(({ state }) => state === 'RUNNING');
    if (running !== undefined && instances.length > 1) {
      tell('hint', `Try: stop the running Core with: kill -9 ${running.pid}  (it is started again after 10 s)`);
    }
  };
  const forget = demo.onChange(look);
  look();
  return forget;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
