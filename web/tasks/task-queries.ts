import { keepPreviousData, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { Series, TaskDetail, Timeline } from '../../server/api/schema/task-detail.js';
import { request } from '../api/request.js';
import { useTaskSummary } from '../live/use-live.js';
import { taskPath } from './orders.js';

const DETAIL_EVERY_MS = 1000;
const SERIES_EVERY_MS = 10_000;

/** All of one task; asked again when the live stream says that something of it changed, at most once a second. */
export function useTaskDetail(name: string): UseQueryResult<TaskDetail> {
  const queries = useQueryClient();
  const summary = useTaskSummary(name);
  const asked = useRef(0);
  useEffect(() => {
    const wait = Math.max(0, asked.current + DETAIL_EVERY_MS - Date.now());
    const timer = setTimeout(() => {
      asked.current = Date.now();
      void queries.invalidateQueries({ queryKey: ['task', name, 'detail'] });
    }, wait);
    return () => clearTimeout(timer);
  }, [summary, name, queries]);
  return useQuery({
    queryKey: ['task', name, 'detail'],
    queryFn: ({ signal }) => request<TaskDetail>(taskPath(name), { signal }),
  });
}

/** The series of a task, or of all tasks together. */
export function useSeries(name: string | undefined, lengthMs: number): UseQueryResult<Series> {
  return useQuery({
    queryKey: name === undefined ? ['series', lengthMs] : ['task', name, 'series', lengthMs],
    queryFn: ({ signal }) =>
      request<Series>(name === undefined ? '/series' : taskPath(name, 'series'), {
        signal,
        query: { from: Date.now() - lengthMs },
      }),
    refetchInterval: SERIES_EVERY_MS,
    placeholderData: keepPreviousData,
  });
}

export function useTimeline(name: string, lengthMs: number): UseQueryResult<Timeline> {
  const summary = useTaskSummary(name);
  return useQuery({
    queryKey: ['task', name, 'timeline', lengthMs, summary?.lastChange?.at],
    queryFn: ({ signal }) =>
      request<Timeline>(taskPath(name, 'timeline'), { signal, query: { from: Date.now() - lengthMs } }),
    placeholderData: keepPreviousData,
  });
}
