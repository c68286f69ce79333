import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Input, Modal, Radio } from 'antd';
import { useState, type ReactNode } from 'react';
import type { WhoAnswer } from '../../../server/api/schema/access.js';
import { request } from '../../api/request.js';
import { useMessages } from '../../messages/language.js';
import { Field } from '../../parts/field.js';
import { tell } from '../../parts/notices.js';
import { ProblemMessage } from '../../parts/problem-message.js';

const ROLES = ['viewer', 'operator', 'admin'] as const satisfies readonly WhoAnswer['role'][];

export function NewUser({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { t } = useMessages();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [role, setRole] = useState<WhoAnswer['role']>('viewer');
  const [password, setPassword] = useState('');
  const add = useMutation({
    mutationFn: () => request('/users', { method: 'POST', body: { name, role, password } }),
    onSuccess: () => {
      tell(t('users.added', { user: name }));
      void queries.invalidateQueries({ queryKey: ['users'] });
      onClose();
    },
  });
  return (
    <Modal
      open
      title={t('users.add')}
      okText={t('save')}
      cancelText={t('cancel')}
      okButtonProps={{ disabled: name === '' || password === '' }}
      confirmLoading={add.isPending}
      onOk={() => add.mutate()}
      onCancel={onClose}
    >
      <div className="stack">
        <Field label={t('users.name')}>
          {(control) => (
            <Input
              {...control}
              autoFocus
              autoComplete="off"
              autoCapitalize="none"
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
          {ROLES.map((one) => (
            <Radio key={one} value={one}>
              {t(`role.${one}`)} <span className="quiet small">{t(`users.role.${one}`)}</span>
            </Radio>
          ))}
        </Radio.Group>
        <Field label={t('users.initial')} hint={t('password.rule')}>
          {(control) => (
            <Input.Password
              {...control}
              autoComplete="new-password"
              value={password}
              onChange={({ target }) => setPassword(target.value)}
            />
          )}
        </Field>
        {add.error !== null && <ProblemMessage error={add.error} />}
      </div>
    </Modal>
  );
}

export function NewPassword({ name, onClose }: { readonly name: string; readonly onClose: () => void }): ReactNode {
  const { t } = useMessages();
  const [password, setPassword] = useState('');
  const set = useMutation({
    mutationFn: () => request(`/users/${encodeURIComponent(name)}`, { method: 'PATCH', body: { password } }),
    onSuccess: () => {
      tell(t('users.password-set', { user: name }));
      onClose();
    },
  });
  return (
    <Modal
      open
      title={`${t('users.set-password')}: ${name}`}
      okText={t('save')}
      cancelText={t('cancel')}
      okButtonProps={{ disabled: password === '' }}
      confirmLoading={set.isPending}
      onOk={() => set.mutate()}
      onCancel={onClose}
    >
      <div className="stack">
        <Field label={t('password.next')} hint={t('password.rule')}>
          {(control) => (
            <Input.Password
              {...control}
              autoFocus
              autoComplete="new-password"
              value={password}
              onChange={({ target }) => setPassword(target.value)}
            />
          )}
        </Field>
        {set.error !== null && <ProblemMessage error={set.error} />}
      </div>
    </Modal>
  );
}
