import { useEffect, useRef, useState } from 'react';
import type { LiveChange } from '../../server/api/schema/task-orders.js';

const KEPT = 300;
/** The screen follows in steps that an eye can take; what arrives between two is shown together. */
const SHOW_EVERY_MS = 200;

export interface ShownChange extends LiveChange {
  /** Counts what has arrived; names the row. */
  readonly n: number;
}

/** What the Server says when it cannot read the sink. */
export interface ChangesFailed {
  readonly kind: string;
  readonly message: string;
  readonly remedy?: string;
}

export interface ChangeStream {
  /** Newest first. */
  readonly changes: readonly ShownChange[];
  readonly state: 'connecting' | 'open' | 'broken';
  /** What the Server left out because it was more than a screen can take. */
  readonly leftOut: number;
  /** What has arrived since it was paused. */
  readonly waiting: number;
  /** Why the Server cannot read the topics. */
  readonly failure: ChangesFailed | undefined;
  /** Pattern of the topics that are read, once they are. */
  readonly topics: string | undefined;
}

const NOTHING: ChangeStream = {
  changes: [],
  state: 'connecting',
  leftOut: 0,
  waiting: 0,
  failure: undefined,
  topics: undefined,
};

/** The changes that pass, while the page is open. Paused, what is shown stays, and what arrives is counted. */
export function useChangeStream(url: string, paused: boolean): ChangeStream {
  const [shown, setShown] = useState<ChangeStream>(NOTHING);
  const held = useRef(paused);
  useEffect(() => {
    held.current = paused;
  }, [paused]);
  useEffect(() => {
    let buffer: ShownChange[] = [];
    let waiting = 0;
    let leftOut = 0;
    let n = 0;
    let failure: ChangesFailed | undefined;
    let topics: string | undefined;
    let state: ChangeStream['state'] = 'connecting';
    let told = '';
    const source = new EventSource(url);
    source.addEventListener('changes', (event: MessageEvent<string>) => {
      const arrived = (JSON.parse(event.data) as LiveChange[]).map((change) => ({ ...change, n: ++n }));
      if (held.current) waiting += arrived.length;
      failure = undefined;
      buffer = [...arrived.reverse(), ...buffer].slice(0, KEPT);
    });
    source.addEventListener('left-out', (event: MessageEvent<string>) => {
      leftOut += (JSON.parse(event.data) as { count: number }).count;
    });
    source.addEventListener('failed', (event: MessageEvent<string>) => {
      failure = JSON.parse(event.data) as ChangesFailed;
    });
    source.addEventListener('reading', (event: MessageEvent<string>) => {
      topics = (JSON.parse(event.data) as { topics: string }).topics;
    });
    source.onopen = () => {
      state = 'open';
      // The Server ends a stream that failed, and the browser asks again: the reason stays until something is read.
      if (n > 0) failure = undefined;
    };
    source.onerror = () => (state = 'broken');
    const timer = setInterval(() => {
      if (!held.current) waiting = 0;
      const now = `${n} ${waiting} ${leftOut} ${state} ${topics ?? ''} ${failure?.message ?? ''}`;
      if (now === told) return;
      told = now;
      setShown((present) => ({
        changes: held.current ? present.changes : buffer,
        state,
        leftOut,
        waiting,
        failure,
        topics,
      }));
    }, SHOW_EVERY_MS);
    return () => {
      clearInterval(timer);
      source.close();
      setShown(NOTHING);
    };
  }, [url]);
  return shown;
}
