import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState, type ReactNode } from 'react';
import type { BulkAnswer } from '../../../server/api/schema/task-orders.js';
import { useMessages } from '../../messages/language.js';
import { tell } from '../../parts/notices.js';
import { bulk, download, exported, SIMPLE_ORDERS, tellFailure, type BulkAction } from '../../tasks/orders.js';
import { BulkResult } from './bulk-result.js';
import { DeleteSelected } from './delete-selected.js';

/** What can be done with all selected tasks; each answers for itself. */
export function BulkBar({
  names,
  onClear,
}: {
  readonly names: readonly string[];
  readonly onClear: () => void;
}): ReactNode {
  const { t } = useMessages();
  const [result, setResult] = useState<BulkAnswer>();
  const [deleting, setDeleting] = useState(false);
  const act = useMutation({
    mutationFn: (action: BulkAction) => bulk(action, names),
    onSuccess: (answer, action) => {
      setDeleting(false);
      if (answer.failed > 0) setResult(answer);
      else tell(t(`bulk.done.${action}`, { count: answer.done }), undoOf(action));
    },
    onError: tellFailure,
  });
  const undoOf = (action: BulkAction): { label: string; act: () => void } | undefined => {
    if (action !== 'pause' && action !== 'resume') return undefined;
    return { label: t('undo'), act: () => act.mutate(action === 'pause' ? 'resume' : 'pause') };
  };
  return (
    <div className="bulk" role="toolbar" aria-label={t('bulk.label')}>
      <span className="strong nowrap">{t('bulk.selected', { count: names.length })}</span>
      {SIMPLE_ORDERS.map((action) => (
        <Button key={action} loading={act.isPending && act.variables === action} onClick={() => act.mutate(action)}>
          {t(`order.${action}`)}
        </Button>
      ))}
      <Button onClick={() => void exported(names).then((text) => download('tasks.yaml', text), tellFailure)}>
        {t('bulk.export')}
      </Button>
      <Button danger onClick={() => setDeleting(true)}>
        {t('order.delete')}
      </Button>
      <Button type="text" onClick={onClear}>
        {t('bulk.clear')}
      </Button>
      {deleting && (
        <DeleteSelected
          names={names}
          busy={act.isPending}
          onDelete={() => act.mutate('delete')}
          onClose={() => setDeleting(false)}
        />
      )}
      {result !== undefined && <BulkResult answer={result} onClose={() => setResult(undefined)} />}
    </div>
  );
}
