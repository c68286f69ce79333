import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Modal } from 'antd';
import { useState, type ReactNode } from 'react';
import type { TaskVersions } from '../../../server/api/schema/task-detail.js';
import { request } from '../../api/request.js';
import { useMay } from '../../api/session.js';
import { useMessages } from '../../messages/language.js';
import { Ago } from '../../parts/age.js';
import { DiffView } from '../../parts/diff-view.js';
import { Loaded } from '../../parts/loaded.js';
import { tell } from '../../parts/notices.js';
import { Panel } from '../../parts/panel.js';
import { ProblemMessage } from '../../parts/problem-message.js';
import { taskPath } from '../../tasks/orders.js';

interface VersionsPanelProps {
  readonly name: string;
  readonly present: string;
  readonly version: number | undefined;
}

/** Earlier configurations: who made them, how they differ from the present one, and the way back. */
export function VersionsPanel({ name, present, version }: VersionsPanelProps): ReactNode {
  const { t } = useMessages();
  const [compared, setCompared] = useState<number>();
  const versions = useQuery({
    queryKey: ['task', name, 'versions', version],
    queryFn: ({ signal }) => request<TaskVersions>(taskPath(name, 'versions'), { signal }),
  });
  return (
    <Panel title={t('versions.title')} flush>
      <Loaded query={versions}>
        {({ current, versions: list }) =>
          list.length === 0 ? (
            <p className="panel-body quiet">{t('versions.none')}</p>
          ) : (
            <ol className="versions">
              {list.map(({ n, at, who, note }) => (
                <li key={n}>
                  <div className="row spread">
                    <span>
                      <span className="strong">{t('versions.n', { n: String(n) })}</span>{' '}
                      <span className="quiet">{note}</span>
                    </span>
                    {n === current ? (
                      <span className="tag">{t('versions.current')}</span>
                    ) : (
                      <Button size="small" onClick={() => setCompared(n)}>
                        {t('versions.compare')}
                      </Button>
                    )}
                  </div>
                  <span className="quiet small">
                    {who} · <Ago at={at} />
                  </span>
                </li>
              ))}
            </ol>
          )
        }
      </Loaded>
      {compared !== undefined && (
        <CompareDialog
          name={name}
          n={compared}
          present={present}
          version={version}
          onClose={() => setCompared(undefined)}
        />
      )}
    </Panel>
  );
}

interface CompareDialogProps extends VersionsPanelProps {
  readonly n: number;
  readonly onClose: () => void;
}

function CompareDialog({ name, n, present, version, onClose }: CompareDialogProps): ReactNode {
  const { t } = useMessages();
  const queries = useQueryClient();
  const operator = useMay('operator');
  const earlier = useQuery({
    queryKey: ['task', name, 'version', n],
    queryFn: ({ signal }) => request<{ yaml: string }>(taskPath(name, 'versions', String(n)), { signal }),
  });
  const restore = useMutation({
    mutationFn: () => request(taskPath(name, 'versions', String(n), 'restore'), { method: 'POST', ifMatch: version }),
    onSuccess: () => {
      tell(t('versions.restored', { n: String(n) }));
      void queries.invalidateQueries({ queryKey: ['task', name] });
      onClose();
    },
  });
  return (
    <Modal
      open
      width={760}
      title={t('versions.compare.title', { n: String(n) })}
      okText={t('versions.restore', { n: String(n) })}
      cancelText={t('close')}
      okButtonProps={{ disabled: !operator || earlier.data === undefined }}
      confirmLoading={restore.isPending}
      onOk={() => restore.mutate()}
      onCancel={onClose}
    >
      <div className="stack">
        <p className="quiet">{t('versions.compare.meaning', { n: String(n) })}</p>
        <Loaded query={earlier}>
          {({ yaml }) => (
            <DiffView before={present} after={yaml} label={t('versions.compare.title', { n: String(n) })} />
          )}
        </Loaded>
        {restore.error !== null && <ProblemMessage error={restore.error} />}
      </div>
    </Modal>
  );
}
