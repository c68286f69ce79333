import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import type { ReactNode } from 'react';
import { useSearchParams } from 'react-router';
import type { TaskDetail } from '../../../server/api/schema/task-detail.js';
import { request } from '../../api/request.js';
import { useMay } from '../../api/session.js';
import { useMessages } from '../../messages/language.js';
import { CodeBlock } from '../../parts/code-block.js';
import { Loaded } from '../../parts/loaded.js';
import { Panel } from '../../parts/panel.js';
import { taskPath } from '../../tasks/orders.js';
import { ConfigurationEditor } from './configuration-editor.js';
import { VersionsPanel } from './versions-panel.js';

/** The configuration as YAML, its earlier versions, and editing it. */
export function ConfigurationView({ detail }: { readonly detail: TaskDetail }): ReactNode {
  const { t } = useMessages();
  const name = detail.summary.name;
  const operator = useMay('operator');
  const [address, setAddress] = useSearchParams();
  const editing = operator && address.has('edit') && detail.version !== undefined;
  const edit = (on: boolean): void => setAddress(on ? { edit: '' } : {}, { replace: !on });
  const yaml = useQuery({
    queryKey: ['task', name, 'yaml', detail.version],
    queryFn: ({ signal }) => request<string>(taskPath(name, 'yaml'), { signal }),
  });
  return (
    <Loaded query={yaml} lines={10}>
      {(text) =>
        editing ? (
          <ConfigurationEditor
            key={name}
            name={name}
            present={text}
            version={detail.version!}
            onClose={() => edit(false)}
          />
        ) : (
          <div className="split">
            <Panel
              title={t('configuration.title')}
              extra={
                operator && (
                  <Button size="small" onClick={() => edit(true)}>
                    {t('order.edit')}
                  </Button>
                )
              }
            >
              <CodeBlock text={text.trimEnd()} what={t('configuration.title')} />
            </Panel>
            <VersionsPanel name={name} present={text} version={detail.version} />
          </div>
        )
      }
    </Loaded>
  );
}
