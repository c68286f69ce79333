/** What replication asks of a source, and no fsync per commit: a test kills processes, not power. */
const COMMON = [
  '--log-bin=binlog',
  '--binlog-row-image=FULL',
  '--binlog-row-metadata=FULL',
  '--sync-binlog=0',
  '--innodb-flush-log-at-trx-commit=2',
  '--innodb-buffer-pool-size=64M',
  '--local-infile=ON',
  // Caches for thousands of tables cost 130 MB in each server.
  '--table-open-cache=400',
  '--table-definition-cache=400',
  // The kernel's global limit of such requests is soon used up by several servers.
  '--innodb-use-native-aio=OFF',
];

/** Server options by flavour; a later option of the command line wins over an earlier one. */
export const MYSQL_OPTIONS = {
  mysql: [...COMMON, '--gtid-mode=ON', '--enforce-gtid-consistency=ON', '--loose-mysqlx=OFF'],
  mariadb: [...COMMON, '--binlog-format=ROW', '--gtid-strict-mode=ON', '--log-slave-updates=ON'],
} as const;
