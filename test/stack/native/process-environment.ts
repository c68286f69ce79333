import type { StackEnvironment } from '../environment.js';

/** What servers get of the environment: not the options, libraries and passwords that a shell may carry for other programs. */
export function serverProcessEnv({ toolEnv }: StackEnvironment): NodeJS.ProcessEnv {
  const kept: NodeJS.ProcessEnv = { LANG: 'C.UTF-8' };
  for (const name of ['PATH', 'HOME', 'TMPDIR', 'TZ', 'JAVA_HOME']) {
    if (toolEnv[name] !== undefined) kept[name] = toolEnv[name];
  }
  return kept;
}
