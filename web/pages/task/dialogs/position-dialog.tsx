import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Modal, Radio } from 'antd';
import { useState, type ReactNode } from 'react';
import type { TaskDetail } from '../../../../server/api/schema/task-detail.js';
import type { PositionPreviewAnswer, PositionTarget } from '../../../../server/api/schema/task-orders.js';
import { request } from '../../../api/request.js';
import { useMessages } from '../../../messages/language.js';
import { tell } from '../../../parts/notices.js';
import { ProblemMessage } from '../../../parts/problem-message.js';
import { taskPath } from '../../../tasks/orders.js';
import { PositionFields } from './position-fields.js';
import { PositionPreview } from './position-preview.js';
import { targetOf, TARGETS, type TargetKind, type TypedTarget } from './position-target.js';

interface PositionDialogProps {
  readonly detail: TaskDetail;
  readonly onClose: () => void;
}

interface Answer {
  readonly preview: PositionPreviewAnswer;
}

/** Where the task goes on. What is skipped or sent again is shown before it can be ordered. */
export function PositionDialog({ detail, onClose }: PositionDialogProps): ReactNode {
  const { t } = useMessages();
  const queries = useQueryClient();
  const name = detail.summary.name;
  const [typed, setTyped] = useState<TypedTarget>({ kind: 'latest', time: '', gtid: '', file: '', offset: '' });
  const target = targetOf(typed);
  const send = (to: PositionTarget, dryRun: boolean): Promise<Answer> =>
    request<Answer>(taskPath(name, 'position'), {
      method: 'POST',
      body: { to, dryRun },
      ifMatch: dryRun ? undefined : detail.controlVersion,
    });
  const preview = useMutation({ mutationFn: (to: PositionTarget) => send(to, true) });
  const set = useMutation({
    mutationFn: (to: PositionTarget) => send(to, false),
    onSuccess: ({ preview: { text } }) => {
      tell(`${t('position.asked')} ${text}`);
      void queries.invalidateQueries({ queryKey: ['task', name] });
      onClose();
    },
  });
  const change = (part: Partial<TypedTarget>): void => {
    setTyped((present) => ({ ...present, ...part }));
    preview.reset();
    set.reset();
  };
  return (
    <Modal
      open
      title={t('order.position')}
      onCancel={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button
            type={preview.data === undefined ? 'primary' : 'default'}
            disabled={target === undefined}
            loading={preview.isPending}
            onClick={() => target !== undefined && preview.mutate(target)}
          >
            {t('position.preview')}
          </Button>
          <Button
            danger
            type={preview.data === undefined ? 'default' : 'primary'}
            disabled={preview.data === undefined || target === undefined}
            loading={set.isPending}
            onClick={() => target !== undefined && set.mutate(target)}
          >
            {t('position.set')}
          </Button>
        </>
      }
    >
      <div className="stack">
        <Radio.Group
          className="choices"
          aria-label={t('order.position')}
          value={typed.kind}
          onChange={({ target: { value } }) => change({ kind: value as TargetKind })}
        >
          {TARGETS.map((kind) => (
            <Radio key={kind} value={kind}>
              {t(`position.${kind}`)}
            </Radio>
          ))}
        </Radio.Group>
        <PositionFields typed={typed} onChange={change} />
        {preview.error !== null && <ProblemMessage error={preview.error} />}
        {set.error !== null && <ProblemMessage error={set.error} />}
        {preview.data !== undefined && <PositionPreview preview={preview.data.preview} />}
      </div>
    </Modal>
  );
}
