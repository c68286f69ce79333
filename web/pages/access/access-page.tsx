import type { ReactNode } from 'react';
export function AccessPage(): ReactNode {
  return null;
}
