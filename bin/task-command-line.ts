import { InvalidArgumentError, type Command } from 'commander';
import type { TaskLine } from './command-line.js';

/** What the commands of tasks do. */
export interface TaskActions {
  register(options: TaskLine & { file: string; check?: boolean; replace?: boolean }): Promise<void>;
  list(options: TaskLine): Promise<void>;
  show(task: string, options: TaskLine): Promise<void>;
  pause(task: string, options: TaskLine): Promise<void>;
  resume(task: string, options: TaskLine & { from?: string; adoptTerm?: number }): Promise<void>;
  handOver(task: string, options: TaskLine): Promise<void>;
  edit(task: string, options: TaskLine): Promise<void>;
  delete(task: string, options: TaskLine & { force?: boolean }): Promise<void>;
  move(task: string, core: string | undefined, options: TaskLine): Promise<void>;
  instances(task: string, instances: number, options: TaskLine): Promise<void>;
  position(task: string, to: string, options: TaskLine & { dryRun?: boolean }): Promise<void>;
  versions(task: string, options: TaskLine): Promise<void>;
  restore(task: string, version: number, options: TaskLine): Promise<void>;
  export(tasks: readonly string[], options: TaskLine): Promise<void>;
  import(options: TaskLine & { file: string; replace?: boolean }): Promise<void>;
}

export function declareTasks(program: Command, actions: TaskActions, exitHelp: string): void {
  const tasks = program
    .command('task')
    .description('Register, look at and steer tasks.')
    .option('--json', 'print JSON only, for scripts')
    .addHelpText('after', exitHelp);
  const named = (name: string, description: string): Command =>
    tasks.command(name).description(description).argument('<task>', 'name of the task').addHelpText('after', exitHelp);

  tasks
    .command('register')
    .description('Register the task of a file. The same again is fine; another configuration needs --replace.')
    .requiredOption('-f, --file <file>', 'task file, YAML or JSON; - reads standard input')
    .option('--check', 'only check the source from this machine, with what mends each finding; registers nothing')
    .option('--replace', 'put it in the place of another configuration of the same name')
    .action((_options, command: Command) => actions.register(command.optsWithGlobals()))
    .addHelpText('after', REGISTER_HELP + exitHelp);
  tasks
    .command('list')
    .description('All tasks: state, where they run, position, lag and rate.')
    .action((_options, command: Command) => actions.list(command.optsWithGlobals()))
    .addHelpText('after', exitHelp);
  named(
    'show',
    'All that is known of a task: instances in their order, lastCommit, progress, failure, past terms.',
  ).action((task: string, _options, command: Command) => actions.show(task, command.optsWithGlobals()));
  named(
    'edit',
    'Change the configuration in $VISUAL or $EDITOR; nothing is changed when somebody else was faster.',
  ).action((task: string, _options, command: Command) => actions.edit(task, command.optsWithGlobals()));
  named('pause', 'Stop replicating; the task keeps its place.').action((task: string, _options, command: Command) =>
    actions.pause(task, command.optsWithGlobals()),
  );
  named('resume', 'Go on after a pause, or try again when the task is STOPPED.')
    .option(
      '--from <place>',
      'begin anew at latest, earliest, FILE:OFFSET, time:ISO or gtid:SET; what is left out will be missing in Kafka',
    )
    .option('--adopt-term <term>', 'go on although Kafka remembers this later term (ZooKeeper was rebuilt)', wholeTerm)
    .action((task: string, _options, command: Command) => actions.resume(task, command.optsWithGlobals()))
    .addHelpText('after', RESUME_HELP);
  named('hand-over', 'Let the next Core in line take the task.').action((task: string, _options, command: Command) =>
    actions.handOver(task, command.optsWithGlobals()),
  );
  tasks
    .command('move')
    .description(
      'Let a Core run the task: it joins the line if it must, warms up and takes over. Without a Core: call a move off.',
    )
    .argument('<task>', 'name of the task')
    .argument('[core]', 'name of the Core')
    .action((task: string, core: string | undefined, _options, command: Command) =>
      actions.move(task, core, command.optsWithGlobals()),
    );
  tasks
    .command('instances')
    .description('How many instances the task wants: 1 is cold standby, 2 and more hot standby.')
    .argument('<task>', 'name of the task')
    .argument('<n>', '1 to 16', instanceCount)
    .action((task: string, n: number, _options, command: Command) =>
      actions.instances(task, n, command.optsWithGlobals()),
    );
  tasks
    .command('position')
    .description(
      'Begin anew at latest, earliest, FILE:OFFSET, time:ISO or gtid:SET; says first what is skipped or sent again.',
    )
    .argument('<task>', 'name of the task')
    .argument('<place>', 'where to begin')
    .option('--dry-run', 'only say it')
    .action((task: string, place: string, _options, command: Command) =>
      actions.position(task, place, command.optsWithGlobals()),
    );
  named('versions', 'The configurations that the task had.').action((task: string, _options, command: Command) =>
    actions.versions(task, command.optsWithGlobals()),
  );
  tasks
    .command('restore')
    .description('Put an earlier configuration in force again.')
    .argument('<task>', 'name of the task')
    .argument('<version>', 'its number', wholeTerm)
    .action((task: string, version: number, _options, command: Command) =>
      actions.restore(task, version, command.optsWithGlobals()),
    );
  tasks
    .command('export')
    .description('Tasks as YAML, all or those that are named.')
    .argument('[tasks...]', 'names')
    .action((names: string[], _options, command: Command) => actions.export(names, command.optsWithGlobals()));
  tasks
    .command('import')
    .description(
      'Register every task of a YAML file of many documents, as export writes it; all are read before the first is registered.',
    )
    .requiredOption('-f, --file <file>', 'YAML, documents separated by ---; - reads standard input')
    .option('--replace', 'put them in the place of other configurations of the same names')
    .action((_options, command: Command) => actions.import(command.optsWithGlobals()))
    .addHelpText('after', exitHelp);
  named('delete', 'Delete a task with its position and history; what it delivered stays in Kafka.')
    .option('--force', 'even while it runs')
    .action((task: string, _options, command: Command) => actions.delete(task, command.optsWithGlobals()));
}

const REGISTER_HELP = `
A task file:
  name: copy_hot_item
  instances: 2                      # 1 = cold standby, 2 and more = hot standby
  source:
    mysql: { host: 127.0.0.1, port: 3306, user: repl, password: env:SOURCE_PASSWORD }
    tables: ["shop.*", "!shop.tmp_*"]
    from: latest                    # latest | earliest | { file, position } | { gtid }
  sink:
    kafka: { brokers: ["127.0.0.1:9092"], topic: "{task}.{database}.{table}" }
Every key is described in docs/task-file.md.
`;

const RESUME_HELP = `
Examples:
  mysql-replicator task resume copy_hot_item
  mysql-replicator task resume copy_hot_item --from earliest            the oldest that the source has
  mysql-replicator task resume copy_hot_item --from binlog.000012:4711`;

function wholeTerm(text: string): number {
  const term = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(term))
    throw new InvalidArgumentError('Give the term that the task shows.');
  return term;
}

function instanceCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > 16)
    throw new InvalidArgumentError('Give a whole number from 1 to 16.');
  return count;
}
