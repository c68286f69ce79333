import { hostname, userInfo } from 'node:os';

/** Who gives an order on this machine, as histories and versions name them. */
export function whoAmI(): string {
  let name = 'somebody';
  try {
    name = userInfo().username;
  } catch {
    // An account without an entry, as in some containers.
  }
  return `${name}@${hostname()} (command line)`;
}
