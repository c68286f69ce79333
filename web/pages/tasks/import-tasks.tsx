import { useMutation } from '@tanstack/react-query';
import { Button, Checkbox, Modal } from 'antd';
import { useState, type ReactNode } from 'react';
import type { ImportAnswer } from '../../../server/api/schema/task-orders.js';
import { request } from '../../api/request.js';
import { useMessages } from '../../messages/language.js';
import { ListTable } from '../../parts/list-table.js';
import { ProblemMessage } from '../../parts/problem-message.js';
import { YamlEditor } from '../../parts/yaml-editor.js';

type Outcome = ImportAnswer['results'][number];

/** Tasks from a YAML text of one or more documents: looked at first, then registered. */
export function ImportTasks({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { t } = useMessages();
  const [text, setText] = useState('');
  const [replace, setReplace] = useState(false);
  const send = useMutation({
    mutationFn: (dryRun: boolean) =>
      request<ImportAnswer>('/tasks/import', {
        method: 'POST',
        body: text,
        query: { replace: String(replace), dryRun: String(dryRun) },
      }),
  });
  const change = (next: string): void => {
    setText(next);
    send.reset();
  };
  const looked = send.data !== undefined && send.variables;
  const done = send.data !== undefined && !send.variables;
  return (
    <Modal
      open
      width={720}
      title={t('tasks.import')}
      onCancel={onClose}
      footer={
        done ? (
          <Button type="primary" onClick={onClose}>
            {t('close')}
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>{t('cancel')}</Button>
            <Button
              disabled={text.trim() === ''}
              loading={send.isPending && send.variables}
              onClick={() => send.mutate(true)}
            >
              {t('import.look')}
            </Button>
            <Button
              type="primary"
              disabled={!looked}
              loading={send.isPending && !send.variables}
              onClick={() => send.mutate(false)}
            >
              {t('import.do')}
            </Button>
          </>
        )
      }
    >
      <div className="stack">
        <p className="quiet">{t('import.intro')}</p>
        <div className="row spread">
          <input
            type="file"
            accept=".yaml,.yml,.json"
            aria-label={t('import.file')}
            onChange={({ target }) => void target.files?.[0]?.text().then(change)}
          />
          <Checkbox checked={replace} onChange={({ target }) => setReplace(target.checked)}>
            {t('import.replace')}
          </Checkbox>
        </div>
        {!done && <YamlEditor label={t('import.text')} value={text} onChange={change} rows={12} />}
        {send.error !== null && <ProblemMessage error={send.error} />}
        {send.data !== undefined && <Outcomes results={send.data.results} />}
      </div>
    </Modal>
  );
}

function Outcomes({ results }: { readonly results: readonly Outcome[] }): ReactNode {
  const { t } = useMessages();
  return (
    <ListTable
      label={t('import.results')}
      items={results}
      keyOf={({ document }) => String(document)}
      columns={[
        {
          name: 'task',
          heading: t('tasks.task'),
          look: 'lead',
          cell: ({ task, document }) => task ?? t('import.document', { number: document }),
        },
        { name: 'outcome', heading: t('import.outcome'), cell: ({ outcome }) => t(`import.${outcome}`) },
        {
          name: 'detail',
          heading: t('import.detail'),
          cell: ({ detail, faults }) =>
            [detail, ...(faults ?? []).map(({ path, message }) => `${path}: ${message}`)].filter(Boolean).join('; '),
        },
      ]}
    />
  );
}
