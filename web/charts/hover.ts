import { createStore } from '../state/store.js';

/** The moment under the pointer, for all charts and the timeline of a page: cause and effect stand on one line. */
export const hover = createStore<{ readonly at: number | undefined; readonly by: unknown }>({
  at: undefined,
  by: undefined,
});
