import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { request } from '../../api/request.js';

const EVERY_MS = 5000;

/** What the page reads of the Monitor's alerts; the Monitor writes more. */
export interface AlertView {
  readonly id: string;
  readonly rule: string;
  readonly kind: string;
  readonly name: string;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly state?: 'firing' | 'resolved';
  readonly since: number;
  readonly resolvedAt?: number;
  readonly text: string;
  readonly reason?: string;
  readonly remedy?: string;
  readonly tasks?: readonly string[];
  readonly tasksInAll: number;
  readonly acknowledged?: { readonly by: string; readonly at: number; readonly note: string };
}

export interface SilenceView {
  readonly id: string;
  readonly match: { readonly rules?: readonly string[]; readonly objects?: readonly string[] };
  readonly until: number;
  readonly reason: string;
  readonly by: string;
}

export interface MonitorView {
  readonly name: string;
  readonly host: string;
  readonly acting: boolean;
  readonly since: number;
}

export function useAlerts(): UseQueryResult<{ readonly alerts: readonly AlertView[] }> {
  return useAsked('/alerts');
}

export function useMonitors(): UseQueryResult<{ readonly monitors: readonly MonitorView[] }> {
  return useAsked('/monitors');
}

export function useSilences(): UseQueryResult<{ readonly silences: readonly SilenceView[] }> {
  return useAsked('/silences');
}

/** Newest last. */
export function usePastAlerts(): UseQueryResult<{ readonly entries: readonly AlertView[] }> {
  return useAsked('/alerts/history');
}

function useAsked<Answer>(path: string): UseQueryResult<Answer> {
  return useQuery({
    queryKey: ['alerts', path],
    queryFn: ({ signal }) => request<Answer>(path, { signal }),
    refetchInterval: EVERY_MS,
  });
}
