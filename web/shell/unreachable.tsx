import { useEffect, type ReactNode } from 'react';
import { unreachable } from '../api/problem.js';
import { askSession } from '../api/session.js';
import { ProblemMessage } from '../parts/problem-message.js';

const RETRY_MS = 5000;

/** Before anything is known: no Server answers. It is asked again and again. */
export function Unreachable(): ReactNode {
  useEffect(() => {
    const timer = setInterval(() => void askSession(), RETRY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <main className="door">
      <div className="door-card">
        <ProblemMessage error={unreachable()} retry={() => void askSession()} />
      </div>
    </main>
  );
}
