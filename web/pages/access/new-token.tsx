import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Input, Modal, Radio, Select } from 'antd';
import { useState, type ReactNode } from 'react';
import type { WhoAnswer } from '../../../server/api/schema/access.js';
import { request } from '../../api/request.js';
import { useWho } from '../../api/session.js';
import { useMessages } from '../../messages/language.js';
import { CodeBlock } from '../../parts/code-block.js';
import { Field } from '../../parts/field.js';
import { ProblemMessage } from '../../parts/problem-message.js';

const ROLES = ['viewer', 'operator', 'admin'] as const satisfies readonly WhoAnswer['role'][];
const DAYS: readonly number[] = [7, 30, 90, 365];
const DAY_MS = 86_400_000;

/** A token with no more rights than one's own; its text is shown once. */
export function NewToken({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { t } = useMessages();
  const queries = useQueryClient();
  const own = useWho()?.role ?? 'viewer';
  const [name, setName] = useState('');
  const [role, setRole] = useState<WhoAnswer['role']>('viewer');
  const [tasks, setTasks] = useState('');
  const [groups, setGroups] = useState('');
  const [days, setDays] = useState<number>(90);
  const make = useMutation({
    mutationFn: () => {
      const scope = { tasks: words(tasks), groups: words(groups) };
      const scoped = scope.tasks.length + scope.groups.length > 0;
      const expiry = days === 0 ? {} : { expiresAt: Date.now() + days * DAY_MS };
      return request<{ text: string }>('/tokens', {
        method: 'POST',
        body: { name, role, ...(scoped ? { scope } : {}), ...expiry },
      });
    },
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['tokens'] }),
  });
  const made = make.data?.text;
  return (
    <Modal
      open
      title={t('tokens.add')}
      onCancel={onClose}
      maskClosable={made === undefined}
      footer={
        made === undefined ? (
          <>
            <Button onClick={onClose}>{t('cancel')}</Button>
            <Button type="primary" disabled={name.trim() === ''} loading={make.isPending} onClick={() => make.mutate()}>
              {t('tokens.make')}
            </Button>
          </>
        ) : (
          <Button type="primary" onClick={onClose}>
            {t('close')}
          </Button>
        )
      }
    >
      {made === undefined ? (
        <div className="stack">
          <Field label={t('tokens.what-for')}>
            {(control) => (
              <Input
                {...control}
                autoFocus
                maxLength={100}
                value={name}
                onChange={({ target }) => setName(target.value)}
              />
            )}
          </Field>
          <Radio.Group
            className="choices"
            aria-label={t('users.role')}
            value={role}
            onChange={({ target }) => setRole(target.value as WhoAnswer['role'])}
          >
            {ROLES.slice(0, ROLES.indexOf(own) + 1).map((one) => (
              <Radio key={one} value={one}>
                {t(`role.${one}`)} <span className="quiet small">{t(`users.role.${one}`)}</span>
              </Radio>
            ))}
          </Radio.Group>
          <Field label={t('tokens.tasks')} hint={t('tokens.tasks.hint')}>
            {(control) => (
              <Input {...control} className="mono" value={tasks} onChange={({ target }) => setTasks(target.value)} />
            )}
          </Field>
          <Field label={t('tokens.groups')}>
            {(control) => (
              <Input {...control} className="mono" value={groups} onChange={({ target }) => setGroups(target.value)} />
            )}
          </Field>
          <Field label={t('tokens.days')}>
            {(control) => (
              <Select
                {...control}
                value={days}
                onChange={setDays}
                options={[
                  ...DAYS.map((value) => ({ value, label: t('tokens.days.n', { count: value }) })),
                  { value: 0, label: t('tokens.never') },
                ]}
              />
            )}
          </Field>
          {make.error !== null && <ProblemMessage error={make.error} />}
        </div>
      ) : (
        <div className="stack">
          <p className="message warn">{t('tokens.made')}</p>
          <CodeBlock text={made} what={t('tokens.the-token')} />
          <CodeBlock
            text={`curl -H "Authorization: Bearer $TOKEN" ${location.origin}/api/v1/tasks`}
            what={t('tokens.use')}
          />
        </div>
      )}
    </Modal>
  );
}

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}
