import { isIPv6 } from 'node:net';

/** How many failures are free, and how long the wait after more grows to, in ms. */
interface Rule {
  readonly free: number;
  readonly firstMs: number;
  readonly longestMs: number;
}

/** One user from one address; one address whoever it tries; one user from anywhere. */
const RULES = {
  pair: { free: 5, firstMs: 2_000, longestMs: 15 * 60_000 },
  address: { free: 20, firstMs: 2_000, longestMs: 5 * 60_000 },
  // An attack from many addresses slows down.
  user: { free: 50, firstMs: 1_000, longestMs: 10_000 },
} as const satisfies Record<string, Rule>;

interface Failures {
  count: number;
  until: number;
  lastAt: number;
}

const MOST_KEPT = 10_000;
const FORGOTTEN_MS = 60 * 60_000;

/**
 * Limits on attempts to sign in, per user and per address. Kept in memory, bounded, for an hour: what a restart forgets, an attacker
 * gains little by. Pure but for what it remembers: the clock is given.
 */
export class Attempts {
  readonly #failures = new Map<string, Failures>();
  /** Where users have signed in from with success. */
  readonly #seen = new Map<string, number>();

  /** Milliseconds until the next attempt may be made; 0 when now. */
  waitMs(user: string, address: string, now: number): number {
    const waits = this.#keys(user, address).map(({ key }) => (this.#failures.get(key)?.until ?? 0) - now);
    return Math.max(0, ...waits);
  }

  /** To be called before the password is looked at, so that attempts side by side count as well. */
  attempted(user: string, address: string, now: number): void {
    for (const { key, rule } of this.#keys(user, address)) {
      const past = this.#failures.get(key);
      const count = past === undefined || now - past.lastAt > FORGOTTEN_MS ? 1 : past.count + 1;
      const wait = count < rule.free ? 0 : Math.min(rule.firstMs * 2 ** (count - rule.free), rule.longestMs);
      remember(this.#failures, key, { count, until: now + wait, lastAt: now });
    }
  }

  succeeded(user: string, address: string, now: number): void {
    for (const { key } of this.#keys(user, address)) this.#failures.delete(key);
    remember(this.#seen, pairOf(user, address), now);
  }

  #keys(user: string, address: string): { key: string; rule: Rule }[] {
    const pair = pairOf(user, address);
    const keys: { key: string; rule: Rule }[] = [
      { key: `pair ${pair}`, rule: RULES.pair },
      { key: `address ${network(address)}`, rule: RULES.address },
    ];
    // The first attempt from an address is always let through, and so is who was here before: others' failures lock nobody out.
    const [own] = keys;
    if (this.#seen.has(pair)) return keys.slice(0, 1);
    if (own !== undefined && this.#failures.has(own.key))
      keys.push({ key: `user ${user.toLowerCase()}`, rule: RULES.user });
    return keys;
  }
}

function pairOf(user: string, address: string): string {
  return `${user.toLowerCase()} ${network(address)}`;
}

/** Whoever has one IPv6 address has 2^64 of them. */
function network(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1] !== undefined) return mapped[1];
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.toLowerCase().split('%', 1)[0]!.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return `${[...left, ...zeros, ...right].slice(0, 4).join(':')}::/64`;
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > MOST_KEPT) map.delete(map.keys().next().value!);
}
