/**
 * Every znode path, built and parsed here and nowhere else. Paths are relative to the root, which is the session's
 * business (`--zookeeper host:port/root`, default `/mysql_replicator`).
 *
 *   /tasks/<task>                          TaskSpec
 *   /tasks/<task>/instances                one ephemeral sequential child per instance
 *   /tasks/<task>/instances/<host>-<seq>   Instance
 *   /tasks/<task>/lastCommit               LastCommit, compare-and-set only
 *   /tasks/<task>/control                  Control: what an operator wants
 *   /tasks/<task>/progress                 Progress, written by the RUNNING instance
 *   /tasks/<task>/history                  History: terms, orders, failures; bounded
 *   /tasks/<task>/versions                 TaskVersions: the configurations it had, with who and when; bounded
 *   /groups/<group>/<task>                 empty: the task list that a cold-standby scan reads
 *   /cores/<core>                          CoreInfo, ephemeral
 *   /health/<core>                         CoreHealth, ephemeral: memory, event loop, the Core's own clock
 *   /monitors/<host>-<seq>                 Instance of a Monitor, ephemeral sequential; the lowest sequence sends
 *   /alerts/rules                          AlertRules: what differs from the limits out of the box
 *   /alerts/channels                       AlertChannels: where messages go, and by which route
 *   /alerts/silences                       Silences, bounded
 *   /alerts/maintenance                    MaintenanceWindows, bounded
 *   /alerts/catalogue                      AlertCatalogue: the rules that the acting Monitor knows
 *   /alerts/open/<id>                      Alert, while it fires and until everybody who was told has heard that it is over
 *   /alerts/sent/<channel>                 SentState: what the channel was told, what is in flight, a bounded log
 *   /alerts/history                        AlertHistory, bounded
 *   /alerts/orders/<order>                 AlertOrder: a test of a channel, a question to the rules, with its answer
 *   /alerts/unsent/<id>                    Alert that was told while there was no quorum, to be taken up by who acts now
 *   /alerts/availability/<task>            Availability of a task by day, bounded
 *   /drains/<core>                         Drain: that this Core shall take no tasks, and give up those it has
 *   /access/users                          UsersGuard: whose administrator's role is being taken away
 *   /access/users/<user>                   User
 *   /access/tokens/<id>                    Token
 *   /access/sessions/<id>                  SignedIn: a session exists as long as its node does
 *   /access/keys                           SessionKeys: what the Servers sign sessions with
 *   /access/setup                          Setup: hashes of the one-time setup links, until there is a first user
 *   /audit/<seq>                           AuditRecord, the last 2,000
 */
export const DEFAULT_ROOT = '/mysql_replicator';

/** All that this version makes below the root, and below a task; `doctor` names anything else. */
export const TOP_NODES: readonly string[] = [
  'tasks',
  'groups',
  'cores',
  'drains',
  'health',
  'monitors',
  'alerts',
  'access',
  'audit',
];
export const ACCESS_NODES: readonly string[] = ['users', 'tokens', 'sessions', 'keys', 'setup'];
export const TASK_NODES: readonly string[] = ['instances', 'lastCommit', 'control', 'progress', 'history', 'versions'];

export const paths = {
  tasks: '/tasks',
  task: (task: string) => `/tasks/${task}`,
  instances: (task: string) => `/tasks/${task}/instances`,
  instance: (task: string, node: string) => `/tasks/${task}/instances/${node}`,
  lastCommit: (task: string) => `/tasks/${task}/lastCommit`,
  control: (task: string) => `/tasks/${task}/control`,
  progress: (task: string) => `/tasks/${task}/progress`,
  history: (task: string) => `/tasks/${task}/history`,
  versions: (task: string) => `/tasks/${task}/versions`,
  groups: '/groups',
  group: (group: string) => `/groups/${group}`,
  groupTask: (group: string, task: string) => `/groups/${group}/${task}`,
  cores: '/cores',
  core: (core: string) => `/cores/${core}`,
  healths: '/health',
  health: (core: string) => `/health/${core}`,
  monitors: '/monitors',
  monitor: (node: string) => `/monitors/${node}`,
  alertRules: '/alerts/rules',
  alertChannels: '/alerts/channels',
  alertSilences: '/alerts/silences',
  alertMaintenance: '/alerts/maintenance',
  alertCatalogue: '/alerts/catalogue',
  alertHistory: '/alerts/history',
  openAlerts: '/alerts/open',
  openAlert: (id: string) => `/alerts/open/${id}`,
  sentStates: '/alerts/sent',
  sentState: (channel: string) => `/alerts/sent/${channel}`,
  alertOrders: '/alerts/orders',
  alertOrder: (order: string) => `/alerts/orders/${order}`,
  unsentAlerts: '/alerts/unsent',
  unsentAlert: (id: string) => `/alerts/unsent/${id}`,
  availabilities: '/alerts/availability',
  availability: (task: string) => `/alerts/availability/${task}`,
  drains: '/drains',
  drain: (core: string) => `/drains/${core}`,
  access: '/access',
  users: '/access/users',
  user: (name: string) => `/access/users/${name}`,
  tokens: '/access/tokens',
  token: (id: string) => `/access/tokens/${id}`,
  sessions: '/access/sessions',
  session: (id: string) => `/access/sessions/${id}`,
  sessionKeys: '/access/keys',
  setup: '/access/setup',
  audit: '/audit',
  auditRecord: (sequence: number) => `/audit/${String(sequence).padStart(10, '0')}`,
} as const;

/** A node whose sequential children stand in line; the lowest leads. */
export interface Line {
  readonly parent: string;
  readonly member: (node: string) => string;
}

export function instanceLine(task: string): Line {
  return { parent: paths.instances(task), member: (node) => paths.instance(task, node) };
}

export const monitorLine: Line = { parent: paths.monitors, member: paths.monitor };

/** What a sequential create is given: ZooKeeper appends the ten digits of the sequence number. */
export function memberPrefix(line: Line, host: string): string {
  return line.member(`${znodeName(host)}-`);
}

export function instancePrefix(task: string, host: string): string {
  return memberPrefix(instanceLine(task), host);
}

export interface InstanceName {
  readonly node: string;
  readonly host: string;
  readonly sequence: number;
}

/** Parses `<host>-<seq>`; `undefined` for a name that ZooKeeper's sequence cannot have made (a foreign child). */
export function parseInstanceName(node: string): InstanceName | undefined {
  const match = /^(.+)-(-?\d{10})$/.exec(node);
  if (!match) return undefined;
  return { node, host: match[1]!, sequence: Number(match[2]) };
}

/** Makes a host or Core name safe as one path segment. */
export function znodeName(name: string): string {
  return name.replace(/[^A-Za-z0-9_.-]/g, '_') || '_';
}
