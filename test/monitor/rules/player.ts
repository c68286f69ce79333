import type { RuleOverride } from '../../../coordination/schema/alert-config.js';
import { overrideSchema } from '../../../coordination/schema/alert-config.js';
import type { Alert } from '../../../coordination/schema/alerts.js';
import { Evaluator, type Evaluation } from '../../../monitor/rules/evaluate.js';
import { reconcile } from '../../../monitor/store/reconcile.js';
import type { Scene } from '../scene.js';

/** Judges a scene pass after pass on a clock that the test turns, and keeps what opens and ends: `+id severity`, `-id`. */
export class Player {
  readonly scene: Scene;
  readonly events: string[] = [];
  readonly open = new Map<string, Alert>();
  readonly evaluator = new Evaluator();
  last: Evaluation | undefined;
  overrides: RuleOverride[];
  readonly #past: { id: string; at: number }[] = [];

  constructor(scene: Scene, overrides: object[] = []) {
    this.scene = scene;
    this.overrides = overrides.map((one) => overrideSchema.parse(one));
  }

  /** Lets so much time go by, looking every `stepMs`, and returns what has happened meanwhile. */
  run(ms: number, stepMs = 1_000): string[] {
    const from = this.events.length;
    const end = this.scene.at + ms;
    this.#pass();
    while (this.scene.at < end) {
      this.scene.at = Math.min(end, this.scene.at + stepMs);
      this.#pass();
    }
    return this.events.slice(from);
  }

  /** Seconds until the first event, in steps of one second. */
  until(limitMs: number): { after: number; events: string[] } {
    const from = this.scene.at;
    for (;;) {
      const events = this.run(1_000);
      if (events.length > 0) return { after: this.scene.at - from, events };
      if (this.scene.at - from >= limitMs) return { after: Infinity, events: [] };
    }
  }

  #pass(): void {
    const { at } = this.scene;
    const flaps = (id: string): number =>
      this.#past.filter((past) => past.id === id && at - past.at < 3_600_000).length;
    this.last = this.evaluator.pass(this.scene.view(), { overrides: this.overrides, flaps });
    for (const { id, change } of reconcile(this.open, this.last, at).put) {
      const before = this.open.get(id);
      const after = change(before);
      if (after === undefined) continue;
      if (after.state === 'resolved') {
        this.open.delete(id);
        this.#past.push({ id, at });
        this.events.push(`-${id}`);
        continue;
      }
      this.open.set(id, after);
      if (before === undefined) this.events.push(`+${id} ${after.severity}`);
      else if (before.severity !== after.severity) this.events.push(`!${id} ${after.severity}`);
    }
  }
}
