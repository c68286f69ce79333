import { readFileSync } from 'node:fs';
import { createLogger } from '../coordination/log.js';
import { runCommandLine, type TaskLine } from './command-line.js';
import type { CommandContext } from './commands/context.js';
import { alertActions } from './alert-actions.js';
import { core } from './commands/core.js';
import { coreDrain, coresList } from './commands/cores.js';
import { monitor } from './commands/monitor.js';
import { doctor } from './commands/doctor.js';
import { server } from './commands/server.js';
import {
  taskExport,
  taskInstances,
  taskMove,
  taskPosition,
  taskRestore,
  taskVersions,
} from './commands/task-changes.js';
import { taskList } from './commands/task-list.js';
import { taskDelete, taskHandOver, taskPause, taskResume } from './commands/task-orders.js';
import { taskEdit } from './commands/task-edit.js';
import { taskImport } from './commands/task-import.js';
import { taskRegister } from './commands/task-register.js';
import { taskShow } from './commands/task-show.js';
import { readOwnSettings } from './own-settings.js';
import { accessActions } from './access-actions.js';
import { newScreen, tellError } from './screen.js';

const LINGER_MS = 1000;

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function contextOf(line: TaskLine): CommandContext {
  const terminal = process.stdout.isTTY;
  const stream = { write: (text: string): void => void process.stderr.write(text) };
  return {
    servers: line.zookeeper,
    log: createLogger({ level: line.logLevel ?? 'error', pretty: process.stderr.isTTY, stream }),
    screen: newScreen({ json: line.json === true, colour: terminal && !process.env['NO_COLOR'], heading: terminal }),
    ...readOwnSettings(line, process.env),
  };
}

async function main(args: readonly string[]): Promise<number> {
  const how = { json: false, stack: false };
  const common = <L extends TaskLine>(line: L): L => {
    how.json = line.json === true;
    how.stack = line.logLevel === 'debug';
    return line;
  };
  const given = (line: TaskLine): CommandContext => contextOf(common(line));
  const release = version();
  try {
    return await runCommandLine(args, release, {
      core: (line) =>
        core({
          servers: common(line).zookeeper,
          tasks: line.task ?? [],
          groups: line.group ?? [],
          capacity: line.capacity,
          name: line.name,
          sessionTimeoutMs: line.sessionTimeout,
          settings: readOwnSettings(line, process.env),
          logLevel: line.logLevel ?? 'info',
          version: release,
          metrics: line.metrics,
        }),
      server: (line) =>
        server({
          servers: common(line).zookeeper,
          listen: line.listen,
          config: line.config,
          settings: readOwnSettings(line, process.env),
          publicUrl: line.publicUrl,
          trustProxy: line.trustProxy,
          sessionTimeoutMs: line.sessionTimeout,
          logLevel: line.logLevel ?? 'info',
          version: release,
        }),
      monitor: (line) =>
        monitor({
          servers: common(line).zookeeper,
          name: line.name,
          sessionTimeoutMs: line.sessionTimeout,
          probeSources: line.probeSources,
          settings: readOwnSettings(line, process.env),
          metrics: line.metrics,
          logLevel: line.logLevel ?? 'info',
          version: release,
        }),
      ...alertActions(given),
      register: (line) =>
        taskRegister(given(line), { file: line.file, check: line.check === true, replace: line.replace === true }),
      edit: (task, line) => taskEdit(given(line), task, process.env['VISUAL'] ?? process.env['EDITOR'] ?? 'vi'),
      list: (line) => taskList(given(line)),
      show: (task, line) => taskShow(given(line), task),
      pause: (task, line) => taskPause(given(line), task),
      resume: (task, line) => taskResume(given(line), task, line.from, line.adoptTerm),
      handOver: (task, line) => taskHandOver(given(line), task),
      delete: (task, line) => taskDelete(given(line), task, line.force === true),
      move: (task, core, line) => taskMove(given(line), task, core),
      instances: (task, count, line) => taskInstances(given(line), task, count),
      position: (task, to, line) => taskPosition(given(line), task, to, line.dryRun === true),
      versions: (task, line) => taskVersions(given(line), task),
      restore: (task, n, line) => taskRestore(given(line), task, n),
      export: (tasks, line) => taskExport(given(line), tasks),
      import: (line) => taskImport(given(line), { file: line.file, replace: line.replace === true }),
      cores: (line) => coresList(given(line)),
      drain: (core, off, line) => coreDrain(given(line), core, off, line.reason),
      ...accessActions(given),
      doctor: (line) => doctor(given(line), { repair: line.repair === true }),
    });
  } catch (error) {
    return tellError(error, how);
  }
}

// Whoever reads us (`| head`) may go first.
process.stdout.on('error', () => process.exit());
process.exitCode = await main(process.argv.slice(2));
// What a foreign library left open shall not keep the process.
setTimeout(() => process.exit(), LINGER_MS).unref();
