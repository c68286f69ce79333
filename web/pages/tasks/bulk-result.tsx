import { Button, Modal } from 'antd';
import type { ReactNode } from 'react';
import type { BulkAnswer } from '../../../server/api/schema/task-orders.js';
import { useMessages } from '../../messages/language.js';

/** Which of the selected tasks refused, and why. */
export function BulkResult({
  answer,
  onClose,
}: {
  readonly answer: BulkAnswer;
  readonly onClose: () => void;
}): ReactNode {
  const { t } = useMessages();
  return (
    <Modal
      open
      title={t('bulk.failed', { count: answer.failed, done: answer.done })}
      onCancel={onClose}
      footer={<Button onClick={onClose}>{t('close')}</Button>}
    >
      <dl className="facts name-list">
        {answer.results
          .filter(({ ok }) => !ok)
          .map(({ task, detail, code }) => (
            <FailedTask key={task} task={task} why={detail ?? code ?? ''} />
          ))}
      </dl>
    </Modal>
  );
}

function FailedTask({ task, why }: { readonly task: string; readonly why: string }): ReactNode {
  return (
    <>
      <dt className="mono">{task}</dt>
      <dd>{why}</dd>
    </>
  );
}
