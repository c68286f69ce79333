import type { ReactNode } from 'react';
import { useMessages } from '../messages/language.js';
import type { TaskStateWord } from '../../server/api/schema/values.js';

/** Everything with a state on the screen: tasks, and what an instance is. */
export type StateWord = TaskStateWord | 'STANDBY';
type Tone = 'good' | 'calm' | 'moving' | 'warn' | 'bad';

/** A word, a shape and a colour for each state; any two of them are enough to tell it. */
const LOOKS: Readonly<Record<StateWord, { readonly tone: Tone; readonly shape: ReactNode }>> = {
  RUNNING: { tone: 'good', shape: <circle cx="6" cy="6" r="5" fill="currentColor" /> },
  STANDBY: {
    tone: 'calm',
    shape: <circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" strokeWidth="1.6" />,
  },
  PAUSED: { tone: 'calm', shape: <path d="M2.5 1h2.6v10H2.5zM6.9 1h2.6v10H6.9z" fill="currentColor" /> },
  STARTING: { tone: 'moving', shape: <Half /> },
  ELECTING: { tone: 'moving', shape: <Half /> },
  WAITING: { tone: 'warn', shape: <path d="M6 .8 11.6 11H.4z" fill="currentColor" /> },
  STOPPED: { tone: 'bad', shape: <path d="M1 1h10v10H1z" fill="currentColor" /> },
  UNSERVED: { tone: 'bad', shape: <path d="M6 0 12 6 6 12 0 6z" fill="currentColor" /> },
  IDLE: {
    tone: 'bad',
    shape: <path d="M6 1.2 10.8 6 6 10.8 1.2 6z" fill="none" stroke="currentColor" strokeWidth="1.6" />,
  },
  UNREADABLE: {
    tone: 'bad',
    shape: <path d="m1.5 1.5 9 9m0-9-9 9" stroke="currentColor" strokeWidth="2.4" fill="none" />,
  },
  UNREGISTERED: {
    tone: 'warn',
    shape: (
      <path d="M1.8 1.8h8.4v8.4H1.8z" fill="none" stroke="currentColor" strokeWidth="1.6" strokeDasharray="2 1.6" />
    ),
  },
  UNKNOWN: {
    tone: 'warn',
    shape: (
      <circle cx="6" cy="6" r="4.6" fill="none" stroke="currentColor" strokeWidth="1.6" strokeDasharray="2.2 1.9" />
    ),
  },
};

function Half(): ReactNode {
  return (
    <>
      <circle cx="6" cy="6" r="4.4" fill="none" stroke="currentColor" strokeWidth="1.6" />
      <path d="M6 1.6a4.4 4.4 0 0 1 0 8.8z" fill="currentColor" />
    </>
  );
}

export function toneOf(state: StateWord): Tone {
  return LOOKS[state].tone;
}

/** The shape alone; its word stands beside it or is told by `label`. */
export function StateShape({ state }: { readonly state: StateWord }): ReactNode {
  return (
    <svg viewBox="0 0 12 12" aria-hidden="true">
      {LOOKS[state].shape}
    </svg>
  );
}

/** A state as shape and word; what the word means is told on hover. */
export function StateMark({ state }: { readonly state: StateWord }): ReactNode {
  const { t } = useMessages();
  return (
    <span className={`state ${LOOKS[state].tone}`} title={t(`state.${state}`)}>
      <StateShape state={state} />
      {state}
    </span>
  );
}
