import { Failure } from '../../coordination/failure.js';
import type { Table } from '../change.js';

const LONGEST = 249;

/** Gives each table its topic, and refuses two that would be mixed up in one. */
export class TopicNames {
  readonly #task: string;
  readonly #template: string;
  readonly #owners = new Map<string, string>();

  constructor(task: string, template: string) {
    this.#task = task;
    this.#template = template;
  }

  /**
   * The template filled in; characters that Kafka does not allow are `_`. Tables may share a topic when the template
   * says so by leaving out the place in which they differ.
   * @throws Failure sink-misconfigured
   */
  of(table: Table): string {
    const used: string[] = [];
    const raw = this.#template.replace(/\{(task|database|table)\}/g, (_, place: 'task' | 'database' | 'table') => {
      const text = place === 'task' ? this.#task : place === 'database' ? table.database : table.name;
      used.push(text);
      return text;
    });
    const name = raw.replace(/[^A-Za-z0-9._-]/gu, '_');
    const full = `${table.database}.${table.name}`;
    if (name.length > LONGEST) {
      throw new Failure(
        'sink-misconfigured',
        `the topic of ${full} would have ${name.length} characters; Kafka allows ${LONGEST}: ${name}`,
        {
          place: `sink.kafka.topic ${this.#template}`,
          remedy: 'Choose a shorter sink.kafka.topic.',
        },
      );
    }
    this.#claim(name, JSON.stringify(used), full);
    return name;
  }

  /**
   * The topic of schema changes: `template` with `{task}` filled in. It may be no table's.
   * @throws Failure sink-misconfigured
   */
  ofSchemaChanges(template: string): string {
    const name = template.replaceAll('{task}', this.#task);
    this.#claim(name, 'schema changes', 'schema changes');
    return name;
  }

  #claim(name: string, parts: string, full: string): void {
    const key = `${name} ${parts}`;
    const owner = this.#owners.get(name);
    if (owner === undefined) {
      this.#owners.set(name, `${key}\n${full}`);
      return;
    }
    const [ownerKey, ownerName] = owner.split('\n') as [string, string];
    if (ownerKey === key) return;
    throw new Failure('sink-misconfigured', `${ownerName} and ${full} would both go to the topic ${name}`, {
      place: `sink.kafka.topic ${this.#template}`,
      remedy: 'Choose a sink.kafka.topic in which they differ, or replicate them with two tasks.',
    });
  }
}
