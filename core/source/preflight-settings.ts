import { Failure } from '../../coordination/failure.js';
import type { Finding } from './preflight.js';
import type { ServerFacts } from './server-facts.js';

interface Setting {
  readonly variable: string;
  readonly wanted: string;
  /** What other values mean; default: an error. */
  readonly level?: 'error' | 'warning';
  readonly why: string;
  readonly mend: string;
  /** What a server that does not have the variable does: as wanted, as with another value, or not at all. */
  readonly absent: 'as wanted' | 'as warned' | 'too old';
}

const ALSO_LATER = 'it holds for what is written from then on';

const SETTINGS: readonly Setting[] = [
  {
    variable: 'log_bin',
    wanted: 'ON',
    why: 'without a binlog there is nothing to read',
    mend: 'my.cnf: log_bin = binlog (and no skip-log-bin), then restart the server',
    absent: 'too old',
  },
  {
    variable: 'binlog_format',
    wanted: 'ROW',
    why: 'other formats write statements, from which the changed rows cannot be known',
    mend: `SET PERSIST binlog_format = ROW; ${ALSO_LATER}`,
    absent: 'as wanted',
  },
  {
    variable: 'binlog_row_image',
    wanted: 'FULL',
    level: 'warning',
    why: 'otherwise columns are missing from the rows; who reads them finds them left out, which is not NULL, and a row without its key stops the task',
    mend: `SET PERSIST binlog_row_image = FULL; ${ALSO_LATER}`,
    absent: 'too old',
  },
  {
    variable: 'binlog_row_metadata',
    wanted: 'FULL',
    level: 'warning',
    why: 'only so the binlog has the column names and keys as they were when the rows were written; otherwise the server is asked for them as they are now, and where these do not fit the task stops',
    mend: `SET PERSIST binlog_row_metadata = FULL; ${ALSO_LATER}`,
    absent: 'as warned',
  },
];

/** Below this many seconds a weekend's outage may outlive the binlog. */
const SHORT_RETENTION_S = 86_400;

/** Checks the server's global settings; sessions may differ, which only the binlog itself shows. */
export function settingFindings(facts: ServerFacts): Finding[] {
  return [flavour(facts), ...SETTINGS.map((setting) => compare(setting, facts)), gtid(facts), retention(facts)];
}

/** Lets a server pass whose settings allow exact replication. @throws Failure 'source-misconfigured' that names all faults */
export function requireSettings(facts: ServerFacts): ServerFacts {
  const errors = settingFindings(facts).filter(({ level }) => level === 'error');
  if (errors.length === 0) return facts;
  throw new Failure('source-misconfigured', errors.map(({ what, why }) => `${what}: ${why}`).join('; '), {
    place: errors.map(({ check }) => check).join(', '),
    remedy: errors.map(({ mend }) => mend).join('; '),
  });
}

function compare(setting: Setting, facts: ServerFacts): Finding {
  const { variable, why } = setting;
  const value = facts.variables.get(variable);
  if (value === undefined) {
    if (setting.absent === 'as wanted')
      return { level: 'ok', check: variable, what: `the server has no ${variable}`, why };
    return {
      level: setting.absent === 'as warned' ? 'warning' : 'error',
      check: variable,
      what: `the server (${facts.version}) does not know ${variable}`,
      why,
      mend: 'use MySQL 8.0 or later',
    };
  }
  const what = `${variable} is ${value || 'empty'}`;
  if (value.toUpperCase() === setting.wanted) return { level: 'ok', check: variable, what, why };
  const mend = facts.mariadb ? setting.mend.replace('SET PERSIST', 'SET GLOBAL (and in my.cnf)') : setting.mend;
  return { level: setting.level ?? 'error', check: variable, what, why, mend };
}

function flavour(facts: ServerFacts): Finding {
  const why = 'the binlogs of MySQL and MariaDB differ, and both are read';
  return { level: 'ok', check: 'flavour', what: `${facts.mariadb ? 'MariaDB' : 'MySQL'} ${facts.version}`, why };
}

function gtid(facts: ServerFacts): Finding {
  const why =
    'with GTIDs a task can go on from another server after a failover, and its place survives any renaming of files';
  if (facts.mariadb || facts.gtidOn) {
    return { level: 'ok', check: 'gtid_mode', what: facts.mariadb ? 'GTIDs are always on' : 'gtid_mode is ON', why };
  }
  return {
    level: 'warning',
    check: 'gtid_mode',
    what: `gtid_mode is ${facts.variables.get('gtid_mode') ?? 'not known to the server'}`,
    why,
    mend: 'SET PERSIST enforce_gtid_consistency = ON; then SET PERSIST gtid_mode = OFF_PERMISSIVE, ON_PERMISSIVE and ON, one after the other',
  };
}

function retention(facts: ServerFacts): Finding {
  const check = 'retention';
  const why = 'a task that stands still for longer than the source keeps its binlog must begin anew';
  const days = Number(facts.variables.get('expire_logs_days') ?? 0);
  const seconds = Number(facts.variables.get('binlog_expire_logs_seconds') ?? 0) || days * 86_400;
  if (seconds === 0) return { level: 'ok', check, what: 'the binlog is kept until it is purged by hand', why };
  const what = `the binlog is kept for ${(seconds / 3600).toFixed(1)} hours`;
  if (seconds >= SHORT_RETENTION_S) return { level: 'ok', check, what, why };
  return { level: 'warning', check, what, why, mend: 'SET PERSIST binlog_expire_logs_seconds = 604800' };
}
