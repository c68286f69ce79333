import { useMutation, useQueryClient } from '@tanstack/react-query';
import { InputNumber, Modal } from 'antd';
import { useState, type ReactNode } from 'react';
import type { TaskDetail } from '../../../../server/api/schema/task-detail.js';
import { request } from '../../../api/request.js';
import { useMessages } from '../../../messages/language.js';
import { Field } from '../../../parts/field.js';
import { tell } from '../../../parts/notices.js';
import { ProblemMessage } from '../../../parts/problem-message.js';
import { taskPath } from '../../../tasks/orders.js';

interface InstancesDialogProps {
  readonly detail: TaskDetail;
  readonly onClose: () => void;
}

/** How many Cores serve the task: one is cold standby, more are hot. */
export function InstancesDialog({ detail, onClose }: InstancesDialogProps): ReactNode {
  const { t } = useMessages();
  const queries = useQueryClient();
  const name = detail.summary.name;
  const present = detail.spec?.instances ?? 2;
  const [wanted, setWanted] = useState(present);
  const put = async (instances: number, version: number | undefined): Promise<{ version: number }> =>
    request(taskPath(name, 'instances'), { method: 'PUT', body: { instances }, ifMatch: version });
  const change = useMutation({
    mutationFn: () => put(wanted, detail.version),
    onSuccess: ({ version }) => {
      void queries.invalidateQueries({ queryKey: ['task', name] });
      tell(t('instances.done', { count: wanted }), {
        label: t('undo'),
        act: () => void put(present, version).then(() => queries.invalidateQueries({ queryKey: ['task', name] })),
      });
      onClose();
    },
  });
  return (
    <Modal
      open
      title={t('order.instances')}
      okText={t('save')}
      cancelText={t('cancel')}
      okButtonProps={{ disabled: wanted === present }}
      confirmLoading={change.isPending}
      onOk={() => change.mutate()}
      onCancel={onClose}
    >
      <div className="stack">
        <Field
          label={t('instances.label')}
          hint={wanted === 1 ? t('instances.cold') : t('instances.hot', { count: wanted - 1 })}
        >
          {(control) => (
            <InputNumber
              {...control}
              autoFocus
              min={1}
              max={16}
              precision={0}
              value={wanted}
              onChange={(value) => setWanted(value ?? present)}
            />
          )}
        </Field>
        {detail.spec?.group === undefined && <p className="quiet">{t('instances.no-group')}</p>}
        {change.error !== null && <ProblemMessage error={change.error} />}
      </div>
    </Modal>
  );
}
