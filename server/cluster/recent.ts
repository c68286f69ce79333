/** Remembers an answer for a while, and lets all who ask meanwhile wait for the one that is under way. What fails is not remembered. */
export function recent<T>(keepMs: number, ask: () => Promise<T>): () => Promise<T> {
  let last: { readonly until: number; readonly answer: Promise<T> } | undefined;
  return () => {
    const now = performance.now();
    if (last !== undefined && last.until > now) return last.answer;
    const answer = ask();
    const mine = { until: now + keepMs, answer };
    last = mine;
    answer.catch(() => {
      if (last === mine) last = undefined;
    });
    return answer;
  };
}
