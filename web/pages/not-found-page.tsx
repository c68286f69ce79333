import type { ReactNode } from 'react';
export function NotFoundPage(): ReactNode {
  return null;
}
