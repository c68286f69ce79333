import type { ReactNode } from 'react';
import { CopyButton } from './copy-button.js';

/** A statement or command to copy. */
export function CodeBlock({ text, what }: { readonly text: string; readonly what: string }): ReactNode {
  return (
    <div className="code">
      <pre>{text}</pre>
      <CopyButton text={text} what={what} />
    </div>
  );
}
