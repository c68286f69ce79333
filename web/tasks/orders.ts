import { useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query';
import type { BulkAnswer, Ordered } from '../../server/api/schema/task-orders.js';
import { request } from '../api/request.js';
import { useMessages } from '../messages/language.js';
import { tell } from '../parts/notices.js';

export const SIMPLE_ORDERS = ['pause', 'resume', 'hand-over'] as const;
/** Orders that need nothing but the task. */
export type SimpleOrder = (typeof SIMPLE_ORDERS)[number];

/** What takes an order back; a hand-over cannot be. */
const OPPOSITE: Readonly<Record<SimpleOrder, SimpleOrder | undefined>> = {
  pause: 'resume',
  resume: 'pause',
  'hand-over': undefined,
};

export function taskPath(task: string, ...more: string[]): string {
  return ['/tasks', encodeURIComponent(task), ...more].join('/');
}

function order(task: string, what: SimpleOrder): Promise<Ordered> {
  return request<Ordered>(taskPath(task, what), { method: 'POST' });
}

/**
 * Gives an order at once and offers to take it back. Nothing changes on the screen by that: the task shows the order as asked, and
 * its state when a Core has carried it out.
 */
export function useOrder(): UseMutationResult<Ordered, unknown, { readonly task: string; readonly what: SimpleOrder }> {
  const { t } = useMessages();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ task, what }: { readonly task: string; readonly what: SimpleOrder }) => order(task, what),
    onSuccess: ({ text, warning }, { task, what }) => {
      const back = OPPOSITE[what];
      const told = warning === undefined ? text : `${text} ${warning}`;
      tell(
        told,
        back === undefined ? undefined : { label: t('undo'), act: () => void order(task, back).catch(tellFailure) },
      );
      void queries.invalidateQueries({ queryKey: ['task', task] });
    },
    onError: tellFailure,
  });
}

export function tellFailure(error: unknown): void {
  tell(error instanceof Error ? error.message : String(error));
}

export type BulkAction = SimpleOrder | 'delete';

export function bulk(action: BulkAction, tasks: readonly string[]): Promise<BulkAnswer> {
  return request<BulkAnswer>('/tasks/bulk', { method: 'POST', body: { action, tasks } });
}

const NAMES_IN_A_REQUEST = 50;

/** Tasks as one YAML text; requested in parts, because their names stand in the address. */
export async function exported(tasks: readonly string[]): Promise<string> {
  const parts: string[] = [];
  for (let i = 0; i < tasks.length; i += NAMES_IN_A_REQUEST) {
    const names = tasks.slice(i, i + NAMES_IN_A_REQUEST).map((task) => `task=${encodeURIComponent(task)}`);
    parts.push((await request<string>(`/export?${names.join('&')}`)).trimEnd());
  }
  return `${parts.join('\n---\n')}\n`;
}

/** Gives a text to the browser as a file. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
