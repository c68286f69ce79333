import { useMutation } from '@tanstack/react-query';
import { Input, Modal } from 'antd';
import { useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';
import type { TaskSummary } from '../../../../server/api/schema/task-summary.js';
import { request } from '../../../api/request.js';
import { useMessages } from '../../../messages/language.js';
import { Field } from '../../../parts/field.js';
import { tell } from '../../../parts/notices.js';
import { ProblemMessage } from '../../../parts/problem-message.js';
import { taskPath } from '../../../tasks/orders.js';

interface DeleteDialogProps {
  readonly summary: TaskSummary;
  readonly onClose: () => void;
}

interface Deleted {
  readonly stays: { readonly text: string };
}

/** Cannot be undone, so it asks for the name; says what stays behind. */
export function DeleteDialog({ summary, onClose }: DeleteDialogProps): ReactNode {
  const { t } = useMessages();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const { name, runner } = summary;
  const remove = useMutation({
    mutationFn: () =>
      request<Deleted>(taskPath(name), { method: 'DELETE', query: { force: String(runner !== undefined) } }),
    onSuccess: ({ stays }) => {
      tell(`${t('delete.done', { task: name })} ${stays.text}`);
      void navigate('/tasks');
    },
  });
  return (
    <Modal
      open
      title={t('delete.title', { task: name })}
      okText={t('order.delete')}
      cancelText={t('cancel')}
      okButtonProps={{ danger: true, disabled: typed !== name }}
      confirmLoading={remove.isPending}
      onOk={() => remove.mutate()}
      onCancel={onClose}
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed === name) remove.mutate();
        }}
      >
        {runner !== undefined && <p className="message warn">{t('delete.runs', { core: runner.core })}</p>}
        <p>{t('delete.meaning')}</p>
        <Field label={t('delete.type', { task: name })}>
          {(control) => (
            <Input
              {...control}
              autoFocus
              className="mono"
              autoComplete="off"
              value={typed}
              onChange={({ target }) => setTyped(target.value)}
            />
          )}
        </Field>
        {remove.error !== null && <ProblemMessage error={remove.error} />}
      </form>
    </Modal>
  );
}
