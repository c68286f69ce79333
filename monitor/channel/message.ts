import type { Language } from '../../coordination/schema/alert-config.js';
import type { Alert, MessageKind } from '../../coordination/schema/alerts.js';

/** One message to one channel: what begins, what is over, what still is, or a test. */
export interface Message {
  /** The same when the same message is sent again because nobody knows whether it arrived. */
  readonly key: string;
  readonly kind: MessageKind;
  readonly mayRepeat: boolean;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The worst first; none in a test. */
  readonly alerts: readonly Alert[];
  readonly language: Language;
  /** Without a slash at its end. */
  readonly consoleUrl: string | undefined;
  /** Host of the Monitor that sends. */
  readonly sender: string;
}

/** What became of it. `certain`: it was surely not delivered; else nobody knows. */
export type Outcome =
  | { readonly ok: true; readonly detail: string }
  | { readonly ok: false; readonly certain: boolean; readonly detail: string };

/** An HTTP request that carries a message, and how its answer is to be read. */
export interface HttpCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Some services answer 200 and say in the body that they refuse: what is wrong, if so. */
  readonly refused?: (body: string) => string | undefined;
}
