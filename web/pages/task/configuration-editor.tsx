import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState, type ReactNode } from 'react';
import type { CheckAnswer } from '../../../server/api/schema/task-orders.js';
import { isProblem } from '../../api/problem.js';
import { request } from '../../api/request.js';
import { useMessages } from '../../messages/language.js';
import { DiffView } from '../../parts/diff-view.js';
import { tell } from '../../parts/notices.js';
import { Panel } from '../../parts/panel.js';
import { ProblemMessage } from '../../parts/problem-message.js';
import { YamlEditor } from '../../parts/yaml-editor.js';
import { Findings } from '../../tasks/findings.js';
import { taskPath } from '../../tasks/orders.js';
import { useDraft } from '../../state/use-draft.js';

interface ConfigurationEditorProps {
  readonly name: string;
  readonly present: string;
  /** Of the configuration that is there now. */
  readonly version: number;
  readonly onClose: () => void;
}

interface Draft {
  readonly text: string;
  /** What the edit began from, and its version: what is sent as the one that was looked at. */
  readonly base: string;
  readonly version: number;
}

/** Editing by text, with what differs in sight. What somebody else saved meanwhile is never overwritten unseen. */
export function ConfigurationEditor({ name, present, version, onClose }: ConfigurationEditorProps): ReactNode {
  const { t } = useMessages();
  const queries = useQueryClient();
  const [draft, setDraft, clearDraft] = useDraft<Draft>(`edit.${name}`, { text: present, base: present, version });
  const [refused, setRefused] = useState(false);
  const check = useMutation({
    mutationFn: (text: string) => request<CheckAnswer>('/tasks/check', { method: 'POST', body: text }),
  });
  const save = useMutation({
    mutationFn: () => request(taskPath(name), { method: 'PUT', body: draft.text, ifMatch: draft.version }),
    onSuccess: () => {
      tell(t('configuration.saved'));
      close();
    },
    onError: (error) => setRefused(isProblem(error) && [409, 412].includes(error.status)),
    onSettled: () => void queries.invalidateQueries({ queryKey: ['task', name] }),
  });
  const close = (): void => {
    clearDraft();
    onClose();
  };
  const change = (text: string): void => {
    setDraft({ ...draft, text });
    check.reset();
    save.reset();
  };
  const overtaken = draft.version !== version && draft.base !== present;
  const faults = check.data?.faults ?? (isProblem(save.error) ? (save.error.problem.faults ?? []) : []);
  const marked = new Set(faults.flatMap(({ line }) => (line === undefined ? [] : [line])));
  const same = draft.text === draft.base;
  return (
    <div className="stack wide">
      {overtaken && (
        <Overtaken
          base={draft.base}
          present={present}
          refused={refused}
          onTheirs={() => {
            save.reset();
            setDraft({ text: present, base: present, version });
          }}
          onGoOn={() => {
            save.reset();
            setDraft({ ...draft, base: present, version });
          }}
        />
      )}
      <Panel
        title={t('configuration.edit')}
        extra={
          <span className="row">
            <Button onClick={close}>{t('cancel')}</Button>
            <Button loading={check.isPending} onClick={() => check.mutate(draft.text)}>
              {t('configuration.check')}
            </Button>
            <Button type="primary" disabled={same || overtaken} loading={save.isPending} onClick={() => save.mutate()}>
              {t('save')}
            </Button>
          </span>
        }
      >
        <div className="stack">
          <YamlEditor
            label={t('configuration.edit')}
            value={draft.text}
            onChange={change}
            rows={Math.min(28, draft.text.split('\n').length + 2)}
            marked={marked}
          />
          {save.error !== null && !refused && <ProblemMessage error={save.error} />}
          {check.error !== null && <ProblemMessage error={check.error} />}
          {check.data !== undefined && <Findings answer={check.data} />}
          <h3>{t('configuration.changes')}</h3>
          <DiffView before={draft.base} after={draft.text} label={t('configuration.changes')} />
          <p className="quiet small">{t('configuration.effect')}</p>
        </div>
      </Panel>
    </div>
  );
}

interface OvertakenProps {
  readonly base: string;
  readonly present: string;
  readonly refused: boolean;
  readonly onTheirs: () => void;
  readonly onGoOn: () => void;
}

/** Somebody else saved while one was editing: their change, and what to do with one's own. */
function Overtaken({ base, present, refused, onTheirs, onGoOn }: OvertakenProps): ReactNode {
  const { t } = useMessages();
  return (
    <div className="message warn" role="alert" data-testid="conflict">
      <h2>{t('conflict.title')}</h2>
      <p>{t(refused ? 'conflict.refused' : 'conflict.meanwhile')}</p>
      <DiffView before={base} after={present} label={t('conflict.theirs')} />
      <div className="row">
        <Button type="primary" onClick={onGoOn}>
          {t('conflict.go-on')}
        </Button>
        <Button onClick={onTheirs}>{t('conflict.take-theirs')}</Button>
      </div>
    </div>
  );
}
