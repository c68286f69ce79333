import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { readStackEnvironment } from '../stack/environment.js';
import { spinCommand, whyNoSpin } from '../stack/native/spin.js';
import { searchModel, type Searched } from './search.js';

/** The promises of the model, as Spin prints their assertions. */
const PROMISES = {
  'exactly once': /^\(position==end\)$/,
  terms: /^\(myTerm>=newestTerm\)$/,
  'taken over': /^\(myTerm>=copying\)$/,
  durable: /^\(position<=end\)$/,
  'last terms': /^\(\(myTerm>=lastTerm\)&&\(myTerm>=copying\)\)$/,
  'lowest leads': /^\(\(node\[me\]==0\)\|\|\(+node\[0\]/,
  wanted: /kept\[0\].*<=1\)?$/,
  'hand-over': /^\(\(node\[me\]==0\)\|\|\(lastPosition==end\)\)$/,
} as const;

/** Each mistake is a step left out, done wrong or swapped, with the promise that it breaks. */
const MISTAKES: readonly (readonly [macro: string, what: string, breaks: keyof typeof PROMISES])[] = [
  ['LIST_FIRST', 'the line is listed before the own node is made', 'lowest leads'],
  ['NO_WITHDRAWAL', 'whoever is beyond the wanted number stays', 'wanted'],
  ['NO_FENCE', 'the sink does not refuse a past producer', 'exactly once'],
  ['READ_FIRST', 'the position is read before the producer is initialised', 'exactly once'],
  ['READ_UNSETTLED', 'initialising does not wait for the predecessor’s decided commit', 'exactly once'],
  ['READ_ONCE', 'a producer is initialised again without reading again', 'exactly once'],
  ['FROM_LAST_COMMIT', 'lastCommit wins over the sink’s own position', 'exactly once'],
  ['NO_TERM_CHECK', 'the stored term is not looked at', 'terms'],
  ['NO_CLAIM', 'data without a claim before', 'taken over'],
  ['POSITION_APART', 'the position is not in the data’s transaction', 'exactly once'],
  ['ROW_FORGOTTEN', 'a place inside a transaction is stored as its start', 'exactly once'],
  ['DOUBT_IS_SUCCESS', 'a commit in doubt is taken for done', 'durable'],
  ['DOUBT_IS_FAILURE', 'a commit in doubt is sent again', 'exactly once'],
  ['LAST_COMMIT_FIRST', 'lastCommit is written before the data is durable', 'durable'],
  ['LAST_COMMIT_UNGUARDED', 'lastCommit is written without compare-and-set', 'last terms'],
  ['LAST_COMMIT_UNCLAIMED', 'lastCommit is not claimed on taking over', 'last terms'],
  ['HAND_OVER_EARLY', 'the node is given up before lastCommit is written', 'hand-over'],
  ['HAND_OVER_UNSTORED', 'the node is given up without lastCommit', 'hand-over'],
];

const SMALL = ['WANTED=1', 'EXPIRIES=2', 'DOUBTS=1', 'HAND_OVERS=1'];
/** A third Core makes many more states, so fewer things go wrong. */
const THREE = ['CORES=3', 'EXPIRIES=2', 'DOUBTS=0'];
const environment = readStackEnvironment();
const skip = (await whyNoSpin()) ?? false;
let searches = 0;

describe('the fail-over model', { skip, concurrency: 2, timeout: 600_000 }, () => {
  let spin: string[];
  before(async () => {
    spin = await spinCommand({ environment, onProgress: (line) => console.log(line) });
  });

  const search = (defines: readonly string[], signal: AbortSignal): Promise<Searched> => {
    const folder = join(environment.cacheDir, 'model', `${process.pid}-${++searches}`);
    return searchModel({ spin, folder, defines, signal });
  };

  const whole = new Map<string, Promise<Searched>>();
  for (const [what, defines] of [
    ['hot standby', ['WANTED=2']],
    ['cold standby', ['WANTED=1']],
    ['hot standby, two of three Cores', [...THREE, 'WANTED=2', 'HAND_OVERS=1', 'ROWS=2']],
    ['cold standby, one of three Cores', [...THREE, 'WANTED=1', 'HAND_OVERS=0']],
  ] as const) {
    test(`holds in every state: ${what}`, async (t) => {
      const searching = search(defines, t.signal);
      whole.set(what, searching);
      const { violated, states, seconds, megabytes } = await searching;
      t.diagnostic(`${what}: ${states} states, ${seconds} s, ${Math.round(megabytes)} MB`);
      assert.equal(violated, undefined);
    });
  }

  for (const [macro, what, breaks] of MISTAKES) {
    test(`found: ${what}`, async (t) => {
      const { violated } = await search([...SMALL, macro], t.signal);
      assert.match(violated ?? 'nothing is violated', PROMISES[breaks]);
    });
  }

  // A promise is also kept by a protocol that does nothing.
  test('every statement is executed in some state of the hot or the cold standby', async () => {
    const [hot, cold] = await Promise.all([whole.get('hot standby'), whole.get('cold standby')]);
    const inNeither = hot?.unreached.filter((statement) => cold?.unreached.includes(statement)) ?? [];
    assert.deepEqual(
      inNeither.filter((statement) => !/^(Coordinator|Sessions): \d+, "-end-"$/.test(statement)),
      [],
    );
  });

  test('every mistake of the model is planted here', async () => {
    const text = await readFile(new URL('../../../docs/model/failover.pml', import.meta.url), 'utf8');
    const bounds = new Set(['CORES', 'WANTED', 'ROWS', 'EXPIRIES', 'DOUBTS', 'HAND_OVERS']);
    const macros = new Set([...text.matchAll(/^#ifn?def (\w+)/gm)].map(([, name]) => name!));
    assert.deepEqual([...macros].filter((name) => !bounds.has(name)).sort(), MISTAKES.map(([macro]) => macro).sort());
  });
});
