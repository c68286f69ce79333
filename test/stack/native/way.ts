import type { Way, WayContext } from '../way.js';
import { nativeKafka } from './kafka.js';
import { nativeMariadb } from './mariadb.js';
import { nativeMysql } from './mysql.js';
import { nativeZooKeeper } from './zookeeper.js';

/** Servers as local processes, from Debian packages and Maven's jars in the cache. */
export function nativeWay(context: WayContext): Way {
  return {
    name: 'native',
    mysql: (plan) => (plan.flavour === 'mysql' ? nativeMysql(plan, context) : nativeMariadb(plan, context)),
    zookeeper: (plan) => nativeZooKeeper(plan, context),
    kafka: (plan) => nativeKafka(plan, context),
    close: async () => undefined,
  };
}
