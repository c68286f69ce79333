import type { Logger } from '../../coordination/log.js';
import type { KafkajsLogger } from './kafkajs-internals.js';

const TOLD = ['broker', 'error', 'retryCount', 'retryTime', 'correlationId'] as const;

/**
 * kafkajs's messages as debug lines: what it calls an error is an attempt that failed, and what comes of it is told by the
 * `Failure`. Only fields that cannot hold data are kept. (It logs each request at debug level: nothing is made of those.)
 */
export function kafkajsLogger(log: Logger): KafkajsLogger {
  const tell = (message: string, extra: Readonly<Record<string, unknown>> = {}): void => {
    const fields: Record<string, unknown> = {};
    for (const name of TOLD) {
      const value = extra[name];
      if (typeof value === 'string' || typeof value === 'number') fields[name] = value;
    }
    log.debug(fields, `kafkajs: ${message}`);
  };
  const logger: KafkajsLogger = {
    namespace: () => logger,
    setLogLevel: () => undefined,
    debug: () => undefined,
    info: tell,
    warn: tell,
    error: tell,
  };
  return logger;
}
