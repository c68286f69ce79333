import type { LogMethod, Logger } from '../../coordination/log.js';
import type { FromWorker, LogLevelName } from './messages.js';

/** A logger for a worker thread: its lines are written by the main thread, with what is bound there. */
export function createWorkerLog(post: (message: FromWorker) => void, bindings: object = {}): Logger {
  const at = (level: LogLevelName): LogMethod => {
    return (first: object | string, message?: string) => {
      const fields = typeof first === 'string' ? {} : first;
      const text = typeof first === 'string' ? first : (message ?? '');
      post({ type: 'log', level, fields: cloneable({ ...bindings, ...fields }), message: text });
    };
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (more) => createWorkerLog(post, { ...bindings, ...more }),
  };
}

/** Errors keep what the main thread's logger shows of them; everything else becomes plain JSON values. */
function cloneable(fields: object): object {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields) as [string, unknown][]) {
    if (value instanceof Error) out[key] = { type: value.name, message: value.message, stack: value.stack };
    else if (typeof value === 'bigint') out[key] = value.toString();
    else if (typeof value === 'function') out[key] = '[function]';
    else if (typeof value === 'object' && value !== null)
      out[key] = Buffer.isBuffer(value) ? '[bytes]' : safeJson(value);
    else out[key] = value;
  }
  return out;
}

function safeJson(value: object): unknown {
  try {
    return JSON.parse(JSON.stringify(value)) as unknown;
  } catch {
    return '[not shown]';
  }
}
