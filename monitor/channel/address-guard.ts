import { lookup as resolve, type LookupAddress } from 'node:dns';
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

/** Nothing that an alert has to reach lives there, and much that it must not: the machine itself, and what clouds keep keys at. */
const DENIED: readonly (readonly [net: string, prefix: number, why: string])[] = [
  ['0.0.0.0', 8, 'an address of this machine'],
  ['127.0.0.0', 8, 'a loopback address'],
  ['169.254.0.0', 16, 'a link-local address, where clouds keep their metadata'],
  ['100.100.100.200', 32, 'a metadata address'],
  ['168.63.129.16', 32, 'a metadata address'],
  ['192.0.0.192', 32, 'a metadata address'],
  ['224.0.0.0', 4, 'a multicast address'],
  ['240.0.0.0', 4, 'a reserved address'],
  ['::', 128, 'an address of this machine'],
  ['::1', 128, 'a loopback address'],
  ['fe80::', 10, 'a link-local address'],
  ['fd00:ec2::254', 128, 'a metadata address'],
  ['fd20:ce::254', 128, 'a metadata address'],
  ['ff00::', 8, 'a multicast address'],
];

const LISTS = DENIED.map(([net, prefix, why]) => ({ list: listOf([`${net}/${prefix}`]), why }));

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [net = '', prefix] = range.split('/');
    const type = isIPv6(net) ? 'ipv6' : 'ipv4';
    list.addSubnet(net, prefix === undefined ? (type === 'ipv6' ? 128 : 32) : Number(prefix), type);
  }
  return list;
}

/** Refused before anything is sent. */
export class AddressDenied extends Error {
  constructor(host: string, address: string, why: string) {
    super(`${host} is ${address === host ? '' : `${address}, `}${why}; the operator may allow it by allowAddresses`);
    this.name = 'AddressDenied';
  }
}

/** Which addresses channels may call: all but those that lead back into the machine or to its cloud's keys, unless allowed. */
export class AddressGuard {
  readonly #allowed: BlockList;

  constructor(allowAddresses: readonly string[]) {
    this.#allowed = listOf(allowAddresses.filter((range) => isIP(range.split('/')[0] ?? '') !== 0));
  }

  /** Why an address may not be called; undefined when it may. An IPv4 address inside an IPv6 one counts as itself. */
  whyNot(address: string): string | undefined {
    const bare = embedded(address.split('%')[0] ?? address);
    const type = isIPv4(bare) ? 'ipv4' : 'ipv6';
    if (this.#allowed.check(bare, type)) return undefined;
    return LISTS.find(({ list }) => list.check(bare, type))?.why;
  }

  /**
   * Resolves a name and refuses it when any of its addresses may not be called. The very address that was checked is the one to connect to:
   * asking again could bring another.
   * @throws AddressDenied, or the resolver's error
   */
  async addressOf(host: string): Promise<LookupAddress> {
    const bare = host.replace(/^\[|\]$/g, '');
    const family = isIP(bare);
    const found = family > 0 ? [{ address: bare, family }] : await lookUp(bare);
    for (const { address } of found) {
      const why = this.whyNot(address);
      if (why !== undefined) throw new AddressDenied(host, address, why);
    }
    const [first] = found;
    if (first === undefined) throw new Error(`${host} has no address`);
    return first;
  }
}

function lookUp(host: string): Promise<LookupAddress[]> {
  return new Promise((done, fail) =>
    resolve(host, { all: true }, (error, found) => (error ? fail(error) : done(found))),
  );
}

/** `::ffff:127.0.0.1`, `64:ff9b::7f00:1` and the like lead to an IPv4 address. */
function embedded(address: string): string {
  if (!isIPv6(address)) return address;
  const words = expand(address);
  const v4 = (high: number, low: number): string => [high >> 8, high & 255, low >> 8, low & 255].join('.');
  const zeros = (from: number, to: number): boolean => words.slice(from, to).every((word) => word === 0);
  const [a = 0, b = 0, c = 0] = words;
  const [y = 0, z = 0] = words.slice(6);
  if (zeros(0, 5) && words[5] === 0xffff) return v4(y, z);
  if (a === 0x64 && b === 0xff9b && zeros(2, 6)) return v4(y, z);
  if (a === 0x2002) return v4(b, c);
  return address;
}

/** The eight words of an IPv6 address. */
function expand(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  let text = address;
  if (dotted) {
    const [p = 0, q = 0, r = 0, s = 0] = dotted.slice(2).map(Number);
    text = `${dotted[1]}${((p << 8) | q).toString(16)}:${((r << 8) | s).toString(16)}`;
  }
  const [head = '', tail] = text.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const middle = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...middle, ...right].map((word) => Number.parseInt(word, 16));
}
