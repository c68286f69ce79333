import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_FOLDERS } from '../core/secrets.js';
import { declareAccess, type AccessActions } from './access-command-line.js';
import { declareAlerts, declareMonitor, type AlertActions } from './alert-lines.js';
import { EXIT_CODES } from './exit-codes.js';
import { declareTasks, type TaskActions } from './task-command-line.js';

/** What the commands do, given what was written on the line. */
export interface Actions extends AccessActions, AlertActions, TaskActions {
  /** Resolves to the exit code. */
  core(options: CoreLine): Promise<number>;
  /** Resolves to the exit code. */
  server(options: ServerLine): Promise<number>;
  cores(options: TaskLine): Promise<void>;
  drain(core: string, off: boolean, options: TaskLine & { reason?: string }): Promise<void>;
  doctor(options: TaskLine & { repair?: boolean }): Promise<void>;
}

export interface CommonLine {
  readonly zookeeper: string;
  readonly zookeeperAuth?: string;
  readonly zookeeperAcl?: 'creator' | 'open';
  readonly secretsKey?: string;
  readonly secretVariables?: string;
  readonly secretFolders?: string;
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error';
}
export interface TaskLine extends CommonLine {
  readonly json?: boolean;
}
export interface CoreLine extends CommonLine {
  readonly task?: string[];
  readonly group?: string[];
  readonly capacity: number;
  readonly name?: string;
  readonly sessionTimeout: number;
  readonly metrics?: string;
}

export interface ServerLine extends CommonLine {
  readonly listen: string;
  readonly config?: string;
  readonly publicUrl?: string;
  readonly trustProxy?: string;
  readonly sessionTimeout: number;
}

const CODES = Object.values(EXIT_CODES)
  .map(({ code, meaning }) => `  ${code}  ${meaning}`)
  .join('\n');
const EXIT_HELP = `\nExit codes:\n${CODES}`;

/** Reads the command line and runs what it names. Resolves to the exit code; commander has told of wrong usage by then. */
export async function runCommandLine(args: readonly string[], version: string, actions: Actions): Promise<number> {
  const outcome = { code: EXIT_CODES.done.code as number };
  const program = declare(version, actions, outcome);
  try {
    await program.parseAsync(args, { from: 'user' });
    return outcome.code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const asked = error.code === 'commander.helpDisplayed' || error.code === 'commander.version';
    return asked ? EXIT_CODES.done.code : EXIT_CODES.usage.code;
  }
}

function declare(version: string, actions: Actions, outcome: { code: number }): Command {
  const program = new Command('mysql-replicator')
    .description('Replicates MySQL changes into Kafka, with standbys that take over where the last one was.')
    .version(version)
    .addOption(
      new Option('--zookeeper <servers>', 'HOST:PORT,…[/root]: the ensemble that Cores and tasks are coordinated by')
        .env('MYSQL_REPLICATOR_ZOOKEEPER')
        .default('127.0.0.1:2181'),
    )
    .addOption(
      new Option('--zookeeper-auth <reference>', 'file:PATH or env:NAME that holds user:password for ZooKeeper').env(
        'MYSQL_REPLICATOR_ZOOKEEPER_AUTH',
      ),
    )
    .addOption(
      new Option(
        '--zookeeper-acl <whose>',
        'with a sign-in: whose new znodes are, only while a tree is changed over open',
      )
        .choices(['creator', 'open'])
        .default('creator')
        .env('MYSQL_REPLICATOR_ZOOKEEPER_ACL'),
    )
    .addOption(
      new Option('--secrets-key <reference>', 'file:PATH or env:NAME that holds the key ring of sealed secrets').env(
        'MYSQL_REPLICATOR_SECRETS_KEY',
      ),
    )
    .addOption(
      new Option('--secret-variables <patterns>', 'variables that tasks may refer to (default: *PASSWORD)').env(
        'MYSQL_REPLICATOR_SECRET_VARIABLES',
      ),
    )
    .addOption(
      new Option(
        '--secret-folders <folders>',
        `folders whose files tasks may refer to (default: ${DEFAULT_FOLDERS.join(',')})`,
      ).env('MYSQL_REPLICATOR_SECRET_FOLDERS'),
    )
    .addOption(
      new Option('--log-level <level>', 'how much is logged; default info for a Core, else error').choices([
        'debug',
        'info',
        'warn',
        'error',
      ]),
    )
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      'after',
      `
Examples:
  mysql-replicator task register -f copy_hot_item.yaml --check    can it run? changes nothing
  mysql-replicator task register -f copy_hot_item.yaml
  mysql-replicator core --task copy_hot_item                      on two machines: one runs, one stands by
  mysql-replicator task list
${EXIT_HELP}`,
    );
  declareCore(program, actions, outcome);
  declareServer(program, actions, outcome);
  const how = { outcome, exitHelp: EXIT_HELP, milliseconds, collect };
  declareMonitor(program, actions, how);
  declareAlerts(program, actions, how);
  declareTasks(program, actions, EXIT_HELP);
  declareCores(program, actions);
  declareDoctor(program, actions);
  declareAccess(program, actions, EXIT_HELP);
  return program;
}

function declareCore(program: Command, actions: Actions, outcome: { code: number }): void {
  program
    .command('core')
    .description('Run a Core: the process that replicates tasks, or stands by for them.')
    .option('-t, --task <task>', 'a task to serve always; may be given several times', collect)
    .option(
      '-g, --group <group>',
      'a group whose tasks to share with its other Cores; may be given several times',
      collect,
    )
    .option('--capacity <n>', 'how many tasks to serve by group at most', capacity, DEFAULT_CAPACITY)
    .option('--name <name>', 'name of this Core, unique (default: host name and process id)')
    .option('--session-timeout <ms>', 'how soon others take over when this Core dies', milliseconds, 4000)
    .option('--metrics <host:port>', 'serve /metrics, /livez and /readyz there; not served by default')
    .action(async (_options, command: Command) => {
      outcome.code = await actions.core(command.optsWithGlobals());
    })
    .addHelpText(
      'after',
      `
--task names what this Core serves: start two Cores with the same --task, and one runs it while the other stands by.
--group leaves the choice to the Cores: a task whose file says "group: shop" gets as many of the Cores started with --group shop
as its "instances" says (1 is cold standby, 2 and more hot standby). The least loaded Core goes first; when a Core dies, the
others take its tasks; one that joins gets its share, one task at a time. Both options may be mixed.

--capacity is a hard limit: a task that finds all Cores full stays UNSERVED, which "task list" shows. Choose it so that the
others can carry a dead Core's tasks: at least tasks × instances ÷ (Cores - 1). Tasks of --task do not count.

A task of --task that is not registered yet is waited for. SIGTERM or Ctrl-C stops in order: the place is stored and the lead handed
over; a second one ends at once (exit code 130). The Core is a child process; when it is killed or crashes, this one ends its
ZooKeeper session, so that a standby takes over at once, and exits with 128 and the signal's number. Logs go to standard
output: JSON lines, or readable on a terminal.

Examples:
  mysql-replicator core --task copy_hot_item
  mysql-replicator core --task copy_hot_item --task copy_users --name core-1 --zookeeper zk1:2181,zk2:2181,zk3:2181
  mysql-replicator core --group shop --capacity 40
${EXIT_HELP}`,
    );
}

function declareServer(program: Command, actions: Actions, outcome: { code: number }): void {
  program
    .command('server')
    .description('Run a Server: the HTTP API and the console, on one port.')
    .option('--listen <host:port>', 'where to listen', '127.0.0.1:8080')
    .option('--config <file>', 'YAML file: TLS, sessions, OpenID Connect (docs/server.md)')
    .option('--public-url <url>', 'how browsers reach it, where a proxy stands before it')
    .option('--trust-proxy <addresses>', 'addresses of proxies whose X-Forwarded headers are believed')
    .option('--session-timeout <ms>', 'of its ZooKeeper session', milliseconds, 10_000)
    .action(async (_options, command: Command) => {
      outcome.code = await actions.server(command.optsWithGlobals());
    })
    .addHelpText(
      'after',
      `
A Server talks to Cores only through ZooKeeper and keeps nothing itself: start as many as you like, behind any load balancer. /readyz says whether
one should get requests. Losing all Servers stops no replication.

Examples:
  mysql-replicator server
  mysql-replicator server --listen 0.0.0.0:8080 --public-url https://replicator.example.org --zookeeper zk1:2181,zk2:2181
${EXIT_HELP}`,
    );
}

function declareCores(program: Command, actions: Actions): void {
  const command = (name: string, description: string): Command =>
    program.command(name).description(description).option('--json', 'print JSON only, for scripts');
  command('cores', 'The Cores that live, with their load.').action((_options, own: Command) =>
    actions.cores(own.optsWithGlobals()),
  );
  command('drain', 'Before maintenance: a Core gives its tasks up as others can take them, and takes none.')
    .argument('<core>', 'name of the Core')
    .option('--reason <text>', 'for whoever looks at it')
    .action((core: string, _options, own: Command) => actions.drain(core, false, own.optsWithGlobals()));
  command('undrain', 'Call a drain off.')
    .argument('<core>', 'name of the Core')
    .action((core: string, _options, own: Command) => actions.drain(core, true, own.optsWithGlobals()));
}

function declareDoctor(program: Command, actions: Actions): void {
  program
    .command('doctor')
    .description('Look for what is inconsistent or unreadable in ZooKeeper, and repair it if asked to.')
    .option('--repair', 'do what can be done without a guess; each step is shown before')
    .option('--json', 'print JSON only, for scripts')
    .action((_options, command: Command) => actions.doctor(command.optsWithGlobals()))
    .addHelpText('after', DOCTOR_HELP + EXIT_HELP);
}

const DOCTOR_HELP = `
Every finding is named with its path, what it means, and either its repair or what a person can do. Nothing is changed
without --repair, and nothing that others have changed meanwhile. The findings: docs/doctor.md.
`;

/** A running task costs a thread and some megabytes; so many fit on a machine that is not chosen for them. */
const DEFAULT_CAPACITY = 100;

function capacity(text: string): number {
  const tasks = Number(text);
  if (!/^\d+$/.test(text) || tasks < 1 || tasks > 10_000) {
    throw new InvalidArgumentError('Give a whole number between 1 and 10000.');
  }
  return tasks;
}

function collect(task: string, before: string[] | undefined): string[] {
  return [...(before ?? []), task];
}

function milliseconds(text: string): number {
  const ms = Number(text);
  if (!/^\d+$/.test(text) || ms < 100 || ms > 600_000) {
    throw new InvalidArgumentError('Give whole milliseconds between 100 and 600000.');
  }
  return ms;
}
