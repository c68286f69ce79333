import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { StackEnvironment } from '../environment.js';
import type { Guard } from './container-body.js';

/** A network can only go after the containers in it; hence the tries. */
const REMOVE_WHEN_ALONE = `
read -r word && exit
for engine in docker podman; do
  command -v $engine || continue
  i=0; until $engine "$@" || [ $i -ge 50 ]; do sleep 0.2; i=$((i+1)); done
  exit
done
`;

/**
 * testcontainers' own helper container removes what a dead process left. Where that is switched off
 * (TESTCONTAINERS_RYUK_DISABLED), a small process does it: it reads a pipe that only we hold open.
 */
export function ownerGuard({ toolEnv }: StackEnvironment): Guard {
  if (toolEnv['TESTCONTAINERS_RYUK_DISABLED'] !== 'true') return () => () => undefined;
  return (removal) => {
    const child = spawn('/bin/sh', ['-c', REMOVE_WHEN_ALONE, 'guard', ...removal], {
      env: toolEnv,
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.on('error', () => undefined);
    child.stdin.on('error', () => undefined);
    child.unref();
    (child.stdin as Socket).unref();
    return () => void child.stdin.end('done\n');
  };
}
