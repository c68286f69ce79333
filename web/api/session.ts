import type { WhoAnswer } from '../../server/api/schema/access.js';
import { createStore, useWhole } from '../state/store.js';
import { isProblem } from './problem.js';
import { request } from './request.js';

/** `asking` at the start; `unreachable` when the Server does not answer the first question. */
export type SessionState =
  | { readonly kind: 'asking' | 'none' | 'ended' | 'unreachable' }
  | { readonly kind: 'signed-in'; readonly who: WhoAnswer };

export const session = createStore<SessionState>({ kind: 'asking' });

/** Asks who is signed in. */
export async function askSession(): Promise<void> {
  try {
    session.set({ kind: 'signed-in', who: await request<WhoAnswer>('/session') });
  } catch (error) {
    session.set({ kind: isProblem(error) && error.status === 401 ? 'none' : 'unreachable' });
  }
}

/** @throws ApiProblem when the name or the password is wrong, or too many were tried */
export async function signIn(user: string, password: string): Promise<void> {
  session.set({
    kind: 'signed-in',
    who: await request<WhoAnswer>('/session', { method: 'POST', body: { user, password } }),
  });
}

/** The first user, by the code that the Server has printed. @throws ApiProblem */
export async function setUp(code: string, user: string, password: string): Promise<void> {
  await request('/setup', { method: 'POST', body: { code, user, password } });
  await askSession();
}

export async function signOut(): Promise<void> {
  await request('/session', { method: 'DELETE' }).catch(() => undefined);
  session.set({ kind: 'none' });
}

const RANKS: Readonly<Record<WhoAnswer['role'], number>> = { viewer: 0, operator: 1, admin: 2 };

export function useWho(): WhoAnswer | undefined {
  const state = useWhole(session);
  return state.kind === 'signed-in' ? state.who : undefined;
}

/** Whether the one who is signed in may do what `role` may. */
export function useMay(role: WhoAnswer['role']): boolean {
  const who = useWho();
  return who !== undefined && RANKS[who.role] >= RANKS[role];
}
