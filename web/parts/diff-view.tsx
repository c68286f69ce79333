import { useMemo, type ReactNode } from 'react';
import { useMessages } from '../messages/language.js';
import { foldSame, lineDiff } from './line-diff.js';

const SIGNS = { same: ' ', added: '+', removed: '−' } as const;

/** What differs between two texts; signs and words as well as colours. */
export function DiffView({
  before,
  after,
  label,
}: {
  readonly before: string;
  readonly after: string;
  readonly label: string;
}): ReactNode {
  const { t } = useMessages();
  const parts = useMemo(() => foldSame(lineDiff(before, after)), [before, after]);
  if (parts.every(({ kind }) => kind === 'fold' || kind === 'same')) return <p className="quiet">{t('diff.none')}</p>;
  return (
    <div className="diff mono" role="group" aria-label={label} tabIndex={0}>
      {parts.map((part, i) =>
        part.kind === 'fold' ? (
          <div key={i} className="diff-fold">
            {t('diff.same', { count: part.count })}
          </div>
        ) : (
          <div key={i} className={`diff-line ${part.kind}`}>
            <span aria-hidden="true">{SIGNS[part.kind]}</span>
            {part.kind !== 'same' && <span className="hidden-visually">{t(`diff.${part.kind}`)}</span>}
            <span>{part.text === '' ? ' ' : part.text}</span>
          </div>
        ),
      )}
    </div>
  );
}
