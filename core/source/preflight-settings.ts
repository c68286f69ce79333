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
  /** What a server that does not have the variable does: as wanted, or not at all. */
  readonly absent: 'as wanted' | 'too old';
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
    why: 'otherwise columns are missing from the rows, and cannot be told from NULL by who reads them',
    mend: `SET PERSIST binlog_row_image = FULL; ${ALSO_LATER}`,
    absent: 'too old',
  },
  {
    variable: 'binlog_row_metadata',
    wanted: 'FULL',
    why: 'only so the binlog has the column names and keys as they were when the rows were written',
    mend: `SET PERSIST binlog_row_metadata = FULL; ${ALSO_LATER}`,
    absent: 'too old',
  },
  {
    variable: 'binlog_row_value_options',
    wanted: '',
    why: 'PARTIAL_JSON writes differences instead of JSON values, which this version cannot read',
    mend: `SET PERSIST binlog_row_value_options = ''; ${ALSO_LATER}`,
    absent: 'as wanted',
  },
  {
    variable: 'binlog_transaction_compression',
    wanted: 'OFF',
    why: 'this version cannot read compressed transactions',
    mend: `SET PERSIST binlog_transaction_compression = OFF; ${ALSO_LATER}`,
    absent: 'as wanted',
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
  const all = settingFindings(facts).filter(({ level }) => level === 'error');
  const errors = facts.mariadb ? all.slice(0, 1) : all;
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
      level: 'error',
      check: variable,
      what: `the server (${facts.version}) does not know ${variable}`,
      why,
      mend: 'use MySQL 8.0 or later',
    };
  }
  const what = `${variable} is ${value || 'empty'}`;
  if (value.toUpperCase() === setting.wanted) return { level: 'ok', check: variable, what, why };
  return { level: 'error', check: variable, what, why, mend: setting.mend };
}

function flavour(facts: ServerFacts): Finding {
  const why = 'the binlogs of MySQL and MariaDB differ';
  if (!facts.mariadb) return { level: 'ok', check: 'flavour', what: `MySQL ${facts.version}`, why };
  return {
    level: 'error',
    check: 'flavour',
    what: `MariaDB ${facts.version}: this version reads MySQL’s binlog only`,
    why,
    mend: 'connect the task to a MySQL server',
  };
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
