import type { ReactNode } from 'react';
import { useMessages } from '../messages/language.js';

const WIDTHS = ['72%', '54%', '83%', '61%', '47%', '76%'];

/** The shape of what comes, while it loads. */
export function Shapes({ lines = 4 }: { readonly lines?: number }): ReactNode {
  const { t } = useMessages();
  return (
    <div className="stack" role="status" aria-label={t('loading')}>
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} className="shape" style={{ width: WIDTHS[i % WIDTHS.length] }} />
      ))}
    </div>
  );
}

export function PageShapes(): ReactNode {
  return (
    <div className="stack wide">
      <Shapes lines={1} />
      <div className="panel">
        <div className="panel-body">
          <Shapes lines={6} />
        </div>
      </div>
    </div>
  );
}
