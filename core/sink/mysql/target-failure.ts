import { asFailure, Failure, type FailureKind } from '../../../coordination/failure.js';
import { TLS, UNREACHABLE } from '../../source/mysql-failure.js';

interface ServerError {
  readonly message?: string;
  readonly code?: string;
  readonly errno?: number;
  readonly fatal?: boolean;
}

/** What a target's server or the connection to it answered. Holds no statement, and no cell but those of keys. */
export class TargetError extends Error {
  readonly code: string;
  readonly errno: number;
  /** Whether the connection is over. */
  readonly fatal: boolean;

  constructor(thrown: unknown) {
    const error: ServerError = typeof thrown === 'object' && thrown !== null ? thrown : {};
    super(withoutCells(error.message ?? error.code ?? 'no answer'));
    this.name = 'TargetError';
    this.code = error.code ?? '';
    this.errno = error.errno ?? 0;
    this.fatal = error.fatal === true || this.code === 'PROTOCOL_SEQUENCE_TIMEOUT';
  }
}

/** `Incorrect datetime value: 'what a cell holds' for column 'c'`; names of keys and columns stay. */
function withoutCells(message: string): string {
  return message.replace(/(value:? )'.*' for column/s, "$1'…' for column");
}

const LOCKED = new Set([1205, 1213, 3572, 1020]);
/** Duplicates, missing and referenced parents, CHECK, NOT NULL and other constraints. */
const CONSTRAINTS = new Set([1022, 1062, 1169, 1216, 1217, 1451, 1452, 1557, 1586, 1761, 1762, 3819, 4025, 1048, 1364]);
const DUPLICATES = new Set([1022, 1062, 1169, 1557, 1586, 1761, 1762]);
/** Read-only servers, full disks and tables, quorum lost, shutdown. */
const BUSY = new Set([1290, 1836, 3100, 1021, 1114, 1026, 1030, 1034, 1041, 1037, 1038, 1047, 1105, 1180, 1792, 3675]);
const DENIED = new Set([1044, 1045, 1142, 1143, 1227, 1370, 1698, 1820, 1862, 3118, 1251, 2059]);
const UNFIT = new Set([1049, 1054, 1146, 1109, 1136, 1264, 1265, 1292, 1366, 1406, 1690, 3140, 3105, 1416, 3643, 3732]);
/** Deadlock or lock wait: the same again may succeed. */
export const isLocked = (error: unknown): boolean => error instanceof TargetError && LOCKED.has(error.errno);
export const isConstraint = (error: unknown): boolean => error instanceof TargetError && CONSTRAINTS.has(error.errno);
export const isDuplicate = (error: unknown): boolean => error instanceof TargetError && DUPLICATES.has(error.errno);
/** What one row or table may be the reason of, so that looking row by row says more. */
export const isOfRows = (error: unknown): boolean =>
  isConstraint(error) || (error instanceof TargetError && UNFIT.has(error.errno));

/** Makes a `Failure` of whatever the target answered. */
export function targetFailure(thrown: unknown, place: string): Failure {
  if (thrown instanceof Failure) return thrown;
  if (thrown instanceof Error && !('code' in thrown)) return asFailure(thrown);
  const error = thrown instanceof TargetError ? thrown : new TargetError(thrown);
  const of = (kind: FailureKind, remedy?: string): Failure =>
    new Failure(kind, error.message, { place, cause: error, ...(remedy !== undefined && { remedy }) });
  if (DENIED.has(error.errno)) {
    return of(
      'sink-access-denied',
      'check sink.mysql.user and password, and the grants that `task register --check` lists',
    );
  }
  if (TLS.test(error.code))
    return of('sink-misconfigured', 'set sink.mysql.tls to what the target offers and requires');
  if (UNREACHABLE.test(error.code)) return of('sink-unreachable');
  if (LOCKED.has(error.errno) || BUSY.has(error.errno)) return of('sink-busy');
  if (error.errno === 1153) {
    return of('record-too-large', 'on the target: SET PERSIST max_allowed_packet = 1073741824 (the largest there is)');
  }
  if (CONSTRAINTS.has(error.errno)) return of('sink-conflict');
  if (UNFIT.has(error.errno)) {
    return of(
      'sink-schema',
      'compare SHOW CREATE TABLE on source and target, and alter the target’s table so that the value fits; then resume',
    );
  }
  return error instanceof TargetError && error.errno !== 0 ? of('sink-misconfigured') : of('internal');
}
