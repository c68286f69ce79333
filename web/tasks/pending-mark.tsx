import type { ReactNode } from 'react';
import type { PendingOrder } from '../../server/api/schema/task-summary.js';
import { useMessages } from '../messages/language.js';

/** An order that was given and that no Core has carried out yet. */
export function PendingMark({ pending }: { readonly pending: PendingOrder }): ReactNode {
  const { t } = useMessages();
  return (
    <span className="asked" title={t('pending.meaning')}>
      {t(`pending.${pending}`)}
    </span>
  );
}
