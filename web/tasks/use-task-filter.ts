import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { filterFromAddress, filterToAddress, type TaskFilter } from './task-filter.js';

/** The filter in the address, and how to change it; a change replaces the address, so that "back" leaves the list. */
export function useTaskFilter(): [TaskFilter, (change: Partial<TaskFilter>) => void] {
  const [address, setAddress] = useSearchParams();
  const filter = useMemo(() => filterFromAddress(address), [address]);
  const change = useCallback(
    (part: Partial<TaskFilter>) =>
      setAddress((present) => filterToAddress({ ...filterFromAddress(present), ...part }), { replace: true }),
    [setAddress],
  );
  return [filter, change];
}
