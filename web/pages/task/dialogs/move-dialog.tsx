import { useMutation } from '@tanstack/react-query';
import { Modal, Radio } from 'antd';
import { useState, type ReactNode } from 'react';
import type { CoreSummary, TaskSummary } from '../../../../server/api/schema/task-summary.js';
import type { Ordered } from '../../../../server/api/schema/task-orders.js';
import { request } from '../../../api/request.js';
import { useLive } from '../../../live/use-live.js';
import { useMessages } from '../../../messages/language.js';
import { tell } from '../../../parts/notices.js';
import { ProblemMessage } from '../../../parts/problem-message.js';
import { taskPath } from '../../../tasks/orders.js';

interface MoveDialogProps {
  readonly summary: TaskSummary;
  readonly onClose: () => void;
}

/** To which Core the task goes; those that cannot take it are shown with the reason. */
export function MoveDialog({ summary, onClose }: MoveDialogProps): ReactNode {
  const { t } = useMessages();
  const cores = useLive((state) => state.cores);
  const [core, setCore] = useState<string>();
  const move = useMutation({
    mutationFn: () => request<Ordered>(taskPath(summary.name, 'move'), { method: 'POST', body: { core } }),
    onSuccess: ({ text, warning }) => {
      tell(warning === undefined ? text : `${text} ${warning}`);
      onClose();
    },
  });
  const why = (one: CoreSummary): string | undefined => {
    if (one.name === summary.runner?.core) return t('move.runs-here');
    if (one.state !== 'LIVING') return one.state;
    if (summary.group !== undefined && !one.groups.includes(summary.group) && !one.pinned.includes(summary.name))
      return t('move.other-group');
    return undefined;
  };
  return (
    <Modal
      open
      title={t('move.title', { task: summary.name })}
      okText={t('order.move')}
      cancelText={t('cancel')}
      okButtonProps={{ disabled: core === undefined }}
      confirmLoading={move.isPending}
      onOk={() => move.mutate()}
      onCancel={onClose}
    >
      <div className="stack">
        <p className="quiet">{t('move.meaning')}</p>
        <Radio.Group
          className="choices"
          aria-label={t('move.to')}
          value={core}
          onChange={({ target }) => setCore(target.value as string)}
        >
          {[...cores.values()].map((one) => {
            const reason = why(one);
            return (
              <Radio key={one.name} value={one.name} disabled={reason !== undefined}>
                {one.name}{' '}
                <span className="quiet small">
                  {one.host} · {reason ?? t('move.load', { load: one.load, room: one.room })}
                </span>
              </Radio>
            );
          })}
        </Radio.Group>
        {cores.size === 0 && <p>{t('move.no-core')}</p>}
        {move.error !== null && <ProblemMessage error={move.error} />}
      </div>
    </Modal>
  );
}
