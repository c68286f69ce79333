/** What a series of faults has shown; kept as JSON. */
export interface ChaosReport {
  readonly seed: number;
  readonly asked: number;
  readonly only?: string;
  readonly began: string;
  readonly seconds: number;
  /** How many were made of each kind. */
  readonly faults: Readonly<Record<string, number>>;
  /** Kinds that this machine cannot make, and why. */
  readonly notPossible: Readonly<Record<string, string>>;
  /** Milliseconds from a fault to the next RUNNING, by fault. */
  readonly takeOvers: Readonly<Record<string, readonly number[]>>;
  readonly peakMegabytes: number;
  /** Committed versions of rows; this and what follows is missing where the comparison failed. */
  readonly versions?: number;
  readonly records?: number;
  readonly lost?: number;
  readonly doubled?: number;
  readonly reordered?: number;
  readonly stale?: number;
  /** Why the series is no proof. */
  readonly failure?: string;
}

/** Whether nothing was lost, doubled or out of order. */
export function isClean({ failure, lost, doubled, reordered, stale }: ChaosReport): boolean {
  return failure === undefined && [lost, doubled, reordered, stale].every((count) => count === 0);
}

/** One or more reports as lines of text: a table of the series, then faults and take-overs of all together. */
export function reportLines(reports: readonly ChaosReport[]): string[] {
  const faults = new Map<string, number>();
  const takeOvers = new Map<string, number[]>();
  for (const report of reports) {
    for (const [name, times] of Object.entries(report.faults)) faults.set(name, (faults.get(name) ?? 0) + times);
    for (const [how, took] of Object.entries(report.takeOvers)) {
      takeOvers.set(how, [...(takeOvers.get(how) ?? []), ...took]);
    }
  }
  return [
    '| seed | faults | committed versions | changes in Kafka | lost | doubled | reordered | of a past term |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...reports.map(row),
    ...(reports.length > 1 ? [totals(reports.filter(({ failure }) => failure === undefined))] : []),
    '',
    '| fault | times |',
    '| --- | --- |',
    ...[...faults].sort(([, a], [, b]) => b - a).map(([name, times]) => `| ${name} | ${times} |`),
    ...notPossible(reports),
    '',
    '| take-over after | times | p50 | p99 | max |',
    '| --- | --- | --- | --- | --- |',
    ...[...takeOvers].map(takeOverRow),
    '',
    `peak memory of a Core ${Math.round(Math.max(...reports.map(({ peakMegabytes }) => peakMegabytes)))} MB`,
    ...reports.flatMap(({ seed, failure }) => (failure === undefined ? [] : [`seed ${seed} FAILED: ${failure}`])),
  ];
}

function row(report: ChaosReport): string {
  const { seed, failure, versions, records, lost, doubled, reordered, stale } = report;
  const counts = [versions, records, lost, doubled, reordered, stale].map(
    (count) => count?.toLocaleString('en') ?? '?',
  );
  return `| ${seed}${failure === undefined ? '' : ' FAILED'} | ${madeIn(report)} | ${counts.join(' | ')} |`;
}

function totals(reports: readonly ChaosReport[]): string {
  const sum = (of: (report: ChaosReport) => number | undefined): string =>
    reports.reduce((all, report) => all + (of(report) ?? 0), 0).toLocaleString('en');
  const columns = [madeIn, ...(['versions', 'records', 'lost', 'doubled', 'reordered', 'stale'] as const).map(get)];
  return `| all that were compared | ${columns.map(sum).join(' | ')} |`;
}

function get(name: 'versions' | 'records' | 'lost' | 'doubled' | 'reordered' | 'stale') {
  return (report: ChaosReport): number | undefined => report[name];
}

function madeIn({ faults }: ChaosReport): number {
  return Object.values(faults).reduce((all, times) => all + times, 0);
}

function notPossible(reports: readonly ChaosReport[]): string[] {
  const kinds = new Map(reports.flatMap((report) => Object.entries(report.notPossible)));
  return [...kinds].map(([name, why]) => `| ${name} | not made: ${why} |`);
}

function takeOverRow([how, took]: readonly [string, readonly number[]]): string {
  const sorted = took.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    `${Math.round(sorted[Math.ceil(share * sorted.length) - 1]!).toLocaleString('en')} ms`;
  return `| ${how} | ${took.length} | ${at(0.5)} | ${at(0.99)} | ${at(1)} |`;
}
