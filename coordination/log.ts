import { pino, stdTimeFunctions, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { prettyFactory, build as pretty, type PrettyOptions } from 'pino-pretty';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** One line: a sentence, with named values in front of it where there are some. */
export interface LogMethod {
  (fields: object, message: string): void;
  (message: string): void;
}

/** All that the code knows of logging. `child` binds values once, e.g. task, term and instance. */
export interface Logger {
  debug: LogMethod;
  info: LogMethod;
  warn: LogMethod;
  error: LogMethod;
  child(bindings: object): Logger;
}

/** So much of a log waits for a disk that is full. */
const WAITING_BYTES = 1_048_576;

export interface LoggerOptions {
  readonly level: LogLevel;
  /** For a person at a terminal; otherwise one JSON object per line. */
  readonly pretty: boolean;
  /** What speaks: the Core's name, for instance. */
  readonly name?: string;
  /** Where lines go; standard output when absent. Written at once, so that the last line before an exit is not lost. */
  readonly stream?: { write(line: string): void };
}

/** Makes the process's logger. Passwords and other secrets are blanked by their field's name, at any depth. */
export function createLogger(options: LoggerOptions): Logger {
  const config = {
    level: options.level,
    base: options.name === undefined ? {} : { name: options.name },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
    // Errors come here as plain fields already.
    serializers: { err: (fields: unknown) => fields },
  };
  return blanking(pino(config, targetOf(options)));
}

function targetOf(options: LoggerOptions): DestinationStream {
  if (!options.pretty) return options.stream ?? standardOutput();
  const look: PrettyOptions = { ignore: 'pid,hostname,name', translateTime: 'SYS:HH:MM:ss.l' };
  const { stream } = options;
  if (stream === undefined) return pretty({ ...look, destination: 1, sync: true });
  const format = prettyFactory({ ...look, colorize: false });
  return { write: (line) => stream.write(format(line)) };
}

/**
 * Lines that cannot be written (a full disk, a reader that is gone) wait, up to a bound, and then fall out: replication must not
 * end for them.
 */
function standardOutput(): DestinationStream {
  const out = pino.destination({ fd: 1, sync: true, maxLength: WAITING_BYTES });
  out.on('error', () => undefined);
  return out;
}

/** pino's own hooks do not see what a child logger binds, so its fields are blanked before it gets them. */
function blanking(inner: PinoLogger): Logger {
  const at = (level: 'debug' | 'info' | 'warn' | 'error'): LogMethod => {
    return (first: object | string, message?: string) => {
      if (!inner.isLevelEnabled(level)) return;
      if (typeof first === 'string') inner[level](first);
      else inner[level](blankFields(first), message);
    };
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (bindings) => blanking(inner.child(blankFields(bindings))),
  };
}

const SECRET = /pass(word|phrase)?$|secret|token|credential|private_?key/i;
const DEPTH = 6;

/** Whether a field of this name may hold something that nobody shall read. */
export function isSecretName(name: string): boolean {
  return SECRET.test(name);
}

function blankFields(fields: object): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    out[key] = isSecretName(key) ? '[secret]' : blank(value, DEPTH);
  }
  return out;
}

function blank(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return errorFields(value, depth);
  if (value instanceof Date) return value.toISOString();
  // Bytes are somebody's data.
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth === 0) return '[deeper]';
  if (Array.isArray(value)) return value.map((item) => blank(item, depth - 1));
  const out: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    out[key] = isSecretName(key) ? '[secret]' : blank(inner, depth - 1);
  }
  return out;
}

/**
 * Only fields that are known to be harmless: foreign errors carry statements, rows and whole requests in theirs.
 */
function errorFields(error: Error, depth: number): Record<string, unknown> {
  const out: Record<string, unknown> = { type: error.name, message: error.message };
  for (const key of ['kind', 'code', 'place', 'path', 'remedy'] as const) {
    const value = (error as unknown as Record<string, unknown>)[key];
    if (typeof value === 'string' || typeof value === 'number') out[key] = value;
  }
  if (error.stack !== undefined) out.stack = error.stack;
  if (error.cause !== undefined && depth > 0) out.cause = blank(error.cause, depth - 1);
  return out;
}
