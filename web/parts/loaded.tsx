import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ProblemMessage } from './problem-message.js';
import { Shapes } from './shapes.js';

interface LoadedProps<T> {
  readonly query: UseQueryResult<T>;
  readonly lines?: number;
  readonly children: (data: T) => ReactNode;
}

/** What a request brings: its shape while it is under way, and the error with a way to try again. Later errors keep the last picture. */
export function Loaded<T>({ query, lines, children }: LoadedProps<T>): ReactNode {
  const { data, error, isPending, refetch } = query;
  if (data !== undefined) {
    return (
      <>
        {error !== null && <ProblemMessage error={error} retry={() => void refetch()} />}
        {children(data)}
      </>
    );
  }
  if (isPending) return <Shapes {...(lines === undefined ? {} : { lines })} />;
  return <ProblemMessage error={error} retry={() => void refetch()} />;
}
