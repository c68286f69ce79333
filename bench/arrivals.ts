import type { Consumer } from 'kafkajs';
import { topicOf, type Field } from './field.js';

/** What has come of one task, as a consumer that reads committed sees it. */
export interface Arrivals {
  records: number;
  readonly ids: Set<number>;
  /** Records that came after one of a later id. */
  reordered: number;
  newest: number;
  term: number;
  /** When the last record came. */
  at: number;
  /** The longest time without a record since the last `measureGaps`, in ms. */
  longest: number;
  /** The times without a record at each change of the term since then, in ms. */
  readonly pauses: number[];
}

/** Reads the topics of several tasks whose rows are inserted one after the other, in the order of their ids. */
export class ArrivalsReader {
  readonly #consumer: Consumer;
  readonly #tasks: ReadonlyMap<string, Arrivals>;

  private constructor(consumer: Consumer, tasks: ReadonlyMap<string, Arrivals>) {
    this.#consumer = consumer;
    this.#tasks = tasks;
  }

  static async open(field: Field, tasks: readonly string[]): Promise<ArrivalsReader> {
    const all = new Map(tasks.map((task) => [task, nothing()]));
    const byTopic = new Map(tasks.map((task) => [topicOf(task), all.get(task)!]));
    const consumer = field.kafka.consumer({ groupId: `arrivals-${tasks[0]}`, minBytes: 1, maxWaitTimeInMs: 50 });
    await consumer.connect();
    await consumer.subscribe({ topics: [...byTopic.keys()], fromBeginning: true });
    await consumer.run({
      eachBatch: async ({ batch }) => {
        const now = performance.now();
        for (const { key, headers } of batch.messages) {
          const { id } = JSON.parse(String(key)) as { id: number };
          take(byTopic.get(batch.topic)!, id, Number(String(headers?.['term'])), now);
        }
      },
    });
    return new ArrivalsReader(consumer, all);
  }

  of(task: string): Arrivals {
    return this.#tasks.get(task)!;
  }

  get all(): readonly Arrivals[] {
    return [...this.#tasks.values()];
  }

  /** What is longest is measured from now on. */
  measureGaps(): void {
    for (const task of this.all) {
      task.longest = 0;
      task.pauses.length = 0;
    }
  }

  close(): Promise<void> {
    return this.#consumer.disconnect();
  }
}

function nothing(): Arrivals {
  return { records: 0, ids: new Set(), reordered: 0, newest: 0, term: 0, at: 0, longest: 0, pauses: [] };
}

function take(task: Arrivals, id: number, term: number, now: number): void {
  const gap = now - task.at;
  if (task.records > 0 && gap > task.longest) task.longest = gap;
  if (term !== task.term && task.records > 0) task.pauses.push(gap);
  if (id < task.newest) task.reordered++;
  task.newest = Math.max(task.newest, id);
  task.term = term;
  task.at = now;
  task.records++;
  task.ids.add(id);
}
