import DownOutlined from '@ant-design/icons/es/icons/DownOutlined';
import { Button, Dropdown, Tooltip } from 'antd';
import { useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';
import type { TaskDetail } from '../../../server/api/schema/task-detail.js';
import type { TaskSummary } from '../../../server/api/schema/task-summary.js';
import { useMay } from '../../api/session.js';
import { useMessages } from '../../messages/language.js';
import { download, exported, tellFailure, useOrder, type SimpleOrder } from '../../tasks/orders.js';
import { DeleteDialog } from './dialogs/delete-dialog.js';
import { InstancesDialog } from './dialogs/instances-dialog.js';
import { MoveDialog } from './dialogs/move-dialog.js';
import { PositionDialog } from './dialogs/position-dialog.js';

type Dialog = 'move' | 'instances' | 'position' | 'delete';

interface TaskActionsProps {
  readonly summary: TaskSummary;
  readonly detail: TaskDetail;
}

/** All that can be done with the task. Who may not is told so instead of finding the buttons gone. */
export function TaskActions({ summary, detail }: TaskActionsProps): ReactNode {
  const { t } = useMessages();
  const navigate = useNavigate();
  const operator = useMay('operator');
  const [dialog, setDialog] = useState<Dialog>();
  const give = useOrder();
  const { name, desired, standbys, runner } = summary;
  const close = (): void => setDialog(undefined);
  const main: SimpleOrder = desired === 'PAUSED' ? 'resume' : 'pause';
  const why = operator ? undefined : t('forbidden.needs', { role: t('role.operator') });
  const busy = (what: SimpleOrder): boolean => give.isPending && give.variables.what === what;
  return (
    <>
      <Tooltip title={why ?? t(`order.${main}.meaning`)}>
        <Button disabled={!operator} loading={busy(main)} onClick={() => give.mutate({ task: name, what: main })}>
          {t(`order.${main}`)}
        </Button>
      </Tooltip>
      <Tooltip title={why ?? (standbys > 0 ? t('order.hand-over.meaning') : t('order.hand-over.none'))}>
        <Button
          disabled={!operator || runner === undefined}
          loading={busy('hand-over')}
          onClick={() => give.mutate({ task: name, what: 'hand-over' })}
        >
          {t('order.hand-over')}
        </Button>
      </Tooltip>
      <Dropdown
        trigger={['click']}
        placement="bottomRight"
        menu={{
          items: [
            { key: 'configuration', label: t('order.edit'), disabled: !operator || detail.spec === undefined },
            { key: 'instances', label: t('order.instances'), disabled: !operator || detail.spec === undefined },
            { key: 'move', label: t('order.move'), disabled: !operator || runner === undefined },
            { key: 'position', label: t('order.position'), disabled: !operator || detail.spec === undefined },
            { key: 'export', label: t('bulk.export') },
            { type: 'divider' },
            { key: 'delete', label: t('order.delete.open'), danger: true, disabled: !operator },
          ],
          onClick: ({ key }) => {
            if (key === 'configuration') void navigate(`/tasks/${encodeURIComponent(name)}/configuration?edit`);
            else if (key === 'export')
              void exported([name]).then((text) => download(`${name}.yaml`, text), tellFailure);
            else setDialog(key as Dialog);
          },
        }}
      >
        <Button icon={<DownOutlined />} iconPlacement="end">
          {t('more-actions')}
        </Button>
      </Dropdown>
      {dialog === 'move' && <MoveDialog summary={summary} onClose={close} />}
      {dialog === 'instances' && <InstancesDialog detail={detail} onClose={close} />}
      {dialog === 'position' && <PositionDialog detail={detail} onClose={close} />}
      {dialog === 'delete' && <DeleteDialog summary={summary} onClose={close} />}
    </>
  );
}
