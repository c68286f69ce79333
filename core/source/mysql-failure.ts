import type { FailureKind } from '../../coordination/failure.js';
import { Failure } from '../../coordination/failure.js';

interface MysqlError extends Error {
  readonly code?: string;
  readonly errno?: number;
}

const ACCESS = new Set([
  'ER_ACCESS_DENIED_ERROR',
  'ER_ACCESS_DENIED_NO_PASSWORD_ERROR',
  'ER_DBACCESS_DENIED_ERROR',
  'ER_TABLEACCESS_DENIED_ERROR',
  'ER_COLUMNACCESS_DENIED_ERROR',
  'ER_SPECIFIC_ACCESS_DENIED_ERROR',
  'ER_HOST_NOT_PRIVILEGED',
  'ER_MUST_CHANGE_PASSWORD',
  'ER_MUST_CHANGE_PASSWORD_LOGIN',
  'ER_ACCOUNT_HAS_BEEN_LOCKED',
  'ER_NOT_SUPPORTED_AUTH_MODE',
  'AUTH_SWITCH_PLUGIN_ERROR',
]);

/** Codes by which a connection or a server is gone, or takes no more of them. */
export const UNREACHABLE =
  /^(ECONN|ETIMEDOUT|EPIPE|EHOST|ENET|ENOTFOUND|EAI_|EADDRNOTAVAIL|ERR_STREAM|PROTOCOL_|ER_SERVER_SHUTDOWN|ER_CON_COUNT_ERROR|ER_TOO_MANY_USER_CONNECTIONS|ER_USER_LIMIT_REACHED|ER_HOST_IS_BLOCKED|ER_QUERY_INTERRUPTED|ER_CONNECTION_KILLED|ER_NEW_ABORTING_CONNECTION|ER_ABORTING_CONNECTION|ER_NET_|ER_OUT_OF_RESOURCES|ER_CLIENT_INTERACTION_TIMEOUT)/;

/** Codes of encrypted connections that do not come about. */
export const TLS =
  /^(HANDSHAKE_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|ERR_SSL_|ER_SECURE_TRANSPORT_REQUIRED)/;

/** Numbers of the errors by which a server ends or refuses a binlog dump. */
const DUMP_FAILED = 1236;
const GTIDS_PURGED = 1789;

/**
 * Makes a `Failure` of an error of mysql2 or the server, by its code. Only the end of a dump (error 1236) has one number for
 * everything, so that it is told by the server's own words.
 */
export function mysqlFailure(thrown: unknown, where: { host: string; port: number; user: string }): Failure {
  if (thrown instanceof Failure) return thrown;
  const error: MysqlError = thrown instanceof Error ? thrown : new Error(String(thrown));
  const place = `${where.host}:${where.port}`;
  const code = error.code ?? '';
  if (error.errno === DUMP_FAILED || error.errno === GTIDS_PURGED) return dumpFailure(error, place);
  if (ACCESS.has(code)) {
    return new Failure('source-access-denied', error.message, {
      place: `${where.user} at ${place}`,
      remedy: `check user and password, and what SHOW GRANTS FOR ${where.user} lists`,
      cause: thrown,
    });
  }
  if (TLS.test(code)) {
    return new Failure('source-misconfigured', `no encrypted connection: ${error.message}`, {
      place,
      remedy: 'set source.mysql.tls to what the server offers and requires',
      cause: thrown,
    });
  }
  if (UNREACHABLE.test(code)) {
    return new Failure('source-unreachable', error.message || code, { place, cause: thrown });
  }
  return new Failure('internal', error.message, { place, cause: thrown });
}

const DUMP_KINDS: readonly [RegExp, FailureKind, string?][] = [
  [/same server_uuid\/server_id/i, 'lead-lost'],
  [/more GTIDs than/i, 'source-changed'],
  [
    /purged|could not find first log|could not open log file|impossible position|position > file size/i,
    'position-purged',
  ],
  [/max_allowed_packet/i, 'source-misconfigured', 'SET PERSIST max_allowed_packet = 1073741824'],
  [/GTID_MODE|AUTO_POSITION|anonymous/i, 'source-misconfigured'],
  [/checksum|bogus data|truncated|corrupt|event read from binlog|read error/i, 'source-unreadable'],
];

function dumpFailure(error: MysqlError, place: string): Failure {
  const [, kind, remedy] = DUMP_KINDS.find(([words]) => words.test(error.message)) ?? [
    undefined,
    'source-unreadable' as const,
  ];
  return new Failure(kind, error.message, { place, cause: error, ...(remedy === undefined ? {} : { remedy }) });
}
