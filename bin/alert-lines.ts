import type { Command } from 'commander';
import type { MatchLine } from './commands/alerts.js';
import type { TaskLine } from './command-line.js';

/** What the commands of the Monitor and of alerts do. */
export interface AlertActions {
  /** Resolves to the exit code. */
  monitor(options: MonitorLine): Promise<number>;
  monitorConfigApply(options: TaskLine & { file: string }): Promise<void>;
  monitorConfigGet(options: TaskLine): Promise<void>;
  monitorTestChannel(channel: string, options: TaskLine): Promise<void>;
  alertList(options: TaskLine): Promise<void>;
  alertShow(id: string, options: TaskLine): Promise<void>;
  alertAcknowledge(id: string, options: TaskLine & { note: string }): Promise<void>;
  alertSilence(options: TaskLine & MatchLine & { for: string; reason: string }): Promise<void>;
  alertSilences(options: TaskLine): Promise<void>;
  alertUnsilence(id: string, options: TaskLine): Promise<void>;
  alertHistory(options: TaskLine): Promise<void>;
  alertExplain(task: string, options: TaskLine): Promise<void>;
  alertMaintenance(options: TaskLine): Promise<void>;
  alertMaintenanceAdd(
    id: string,
    options: TaskLine & MatchLine & { from?: string; for: string; reason: string },
  ): Promise<void>;
  alertMaintenanceRemove(id: string, options: TaskLine): Promise<void>;
}

export interface MonitorLine extends TaskLine {
  readonly name?: string;
  readonly sessionTimeout: number;
  readonly probeSources: boolean;
  readonly metrics?: string;
}

export interface Declaring {
  readonly outcome: { code: number };
  readonly exitHelp: string;
  readonly milliseconds: (text: string) => number;
  readonly collect: (text: string, before: string[] | undefined) => string[];
}

/** Declares `monitor` and what belongs to it. */
export function declareMonitor(program: Command, actions: AlertActions, how: Declaring): void {
  const monitor = program
    .command('monitor')
    .description('Run a Monitor: the process that raises alerts and tells people.')
    .option('--name <name>', 'name of this Monitor (default: host name and process id)')
    .option('--session-timeout <ms>', 'how soon another Monitor acts when this one dies', how.milliseconds, 4000)
    .option('--no-probe-sources', 'do not look at the sources with the tasks’ own accounts')
    .option('--metrics <host:port>', 'serve /metrics, /livez and /readyz there; not served by default')
    .option('--json', 'print JSON only, for scripts (config, test-channel)')
    .action(async (_options, command: Command) => {
      how.outcome.code = await actions.monitor(command.optsWithGlobals());
    })
    .addHelpText('after', MONITOR_HELP + how.exitHelp);
  const config = monitor
    .command('config')
    .description('What differs from the limits out of the box, and where messages go.');
  config
    .command('apply')
    .description('Put a file’s configuration into ZooKeeper; all Monitors follow at once.')
    .requiredOption('-f, --file <file>', 'YAML or JSON; - reads standard input')
    .action((_options, command: Command) => actions.monitorConfigApply(command.optsWithGlobals()));
  config
    .command('get')
    .description('Show it, as the file that apply takes.')
    .action((_options, command: Command) => actions.monitorConfigGet(command.optsWithGlobals()));
  monitor
    .command('test-channel')
    .description('Let the acting Monitor send a test message.')
    .argument('<channel>', 'name of the channel')
    .action((channel: string, _options, command: Command) =>
      actions.monitorTestChannel(channel, command.optsWithGlobals()),
    );
}

/** Declares `alert` and what belongs to it. */
export function declareAlerts(program: Command, actions: AlertActions, how: Declaring): void {
  const alerts = program
    .command('alert')
    .description('Look at alerts, acknowledge and silence them.')
    .option('--json', 'print JSON only, for scripts')
    .addHelpText('after', how.exitHelp);
  const plain = (name: string, description: string, act: (line: TaskLine) => Promise<void>): void => {
    alerts
      .command(name)
      .description(description)
      .action((_options, command: Command) => act(command.optsWithGlobals()));
  };
  const named = (name: string, argument: string, description: string): Command =>
    alerts.command(name).description(description).argument(`<${argument}>`);
  const matching = (command: Command): Command =>
    command
      .option('--rule <rule>', 'rule id, * stands for anything; several times for several', how.collect)
      .option('--group <group>', 'group of tasks', how.collect)
      .option('--task <task>', 'task', how.collect)
      .option('--object <kind:name>', 'what it is about, e.g. core:core-1', how.collect)
      .option('--reason <text>', 'why, for those who look later', '');

  plain('list', 'The open alerts.', (line) => actions.alertList(line));
  named('show', 'alert', 'All that is known of an open alert.').action((id: string, _options, command: Command) =>
    actions.alertShow(id, command.optsWithGlobals()),
  );
  named('ack', 'alert', 'Say that you are at it: it is not told again, and no second channel is called.')
    .option('--note <text>', 'what you are doing about it', '')
    .action((id: string, _options, command: Command) => actions.alertAcknowledge(id, command.optsWithGlobals()));
  matching(alerts.command('silence').description('Let nobody be told of what matches, for a while.'))
    .requiredOption('--for <time>', 'how long, e.g. 2h')
    .action((_options, command: Command) => actions.alertSilence(command.optsWithGlobals()));
  plain('silences', 'The silences in force.', (line) => actions.alertSilences(line));
  named('unsilence', 'silence', 'End a silence.').action((id: string, _options, command: Command) =>
    actions.alertUnsilence(id, command.optsWithGlobals()),
  );
  plain('history', 'The alerts that are over.', (line) => actions.alertHistory(line));
  named('explain', 'task', 'How every rule stands for a task right now: why it fires, or why not.').action(
    (task: string, _options, command: Command) => actions.alertExplain(task, command.optsWithGlobals()),
  );
  plain('maintenance', 'The maintenance windows.', (line) => actions.alertMaintenance(line));
  matching(named('maintenance-add', 'window', 'Add a maintenance window; weekly ones stand in the configuration.'))
    .option('--from <time>', 'when it begins, e.g. 2026-12-01T22:00Z (default: now)')
    .requiredOption('--for <time>', 'how long, e.g. 2h')
    .action((id: string, _options, command: Command) => actions.alertMaintenanceAdd(id, command.optsWithGlobals()));
  named('maintenance-remove', 'window', 'Remove a maintenance window.').action(
    (id: string, _options, command: Command) => actions.alertMaintenanceRemove(id, command.optsWithGlobals()),
  );
}

const MONITOR_HELP = `
Run two or three on different machines: all see the same, the one that came first acts, the others take over when it goes. What was
told is kept in ZooKeeper, so nothing is told twice or forgotten. A Monitor changes no task.

Rules, channels and every key of the file: docs/monitor.md.

Examples:
  mysql-replicator monitor
  mysql-replicator monitor config apply -f monitor.yaml
  mysql-replicator monitor test-channel team-chat
  mysql-replicator alert list
`;
