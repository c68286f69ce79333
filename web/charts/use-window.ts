import { useEffect, useState } from 'react';
import { serverNow } from '../live/live-connection.js';

/** Points of a chart are some pixels wide: a window that moves this often looks steady. */
const STEPS = 240;

/** The last `lengthMs` until now, moving on by itself. */
export function useWindow(lengthMs: number): { readonly from: number; readonly to: number } {
  const step = Math.max(5000, Math.min(60_000, lengthMs / STEPS));
  const [to, setTo] = useState(() => serverNow());
  useEffect(() => {
    setTo(serverNow());
    const timer = setInterval(() => setTo(serverNow()), step);
    return () => clearInterval(timer);
  }, [step, lengthMs]);
  return { from: to - lengthMs, to };
}
