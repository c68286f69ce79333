import type { Access } from './port.js';

/** Lets nobody in: the Server answers only what is public. */
export function nobody(): Access {
  return {
    authenticate: async () => undefined,
    audit: async () => undefined,
    routes: async () => undefined,
  };
}
