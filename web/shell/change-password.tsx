import { Input, Modal } from 'antd';
import { useState, type ReactNode } from 'react';
import { useMutation } from '@tanstack/react-query';
import { request } from '../api/request.js';
import { useMessages } from '../messages/language.js';
import { Field } from '../parts/field.js';
import { tell } from '../parts/notices.js';
import { ProblemMessage } from '../parts/problem-message.js';

/** One's own password; the present one is asked for, so that an open screen is not enough. */
export function ChangePassword({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { t } = useMessages();
  const [present, setPresent] = useState('');
  const [next, setNext] = useState('');
  const change = useMutation({
    mutationFn: () => request('/session/password', { method: 'PUT', body: { password: present, newPassword: next } }),
    onSuccess: () => {
      tell(t('password.changed'));
      onClose();
    },
  });
  return (
    <Modal
      open
      title={t('account.password')}
      okText={t('save')}
      cancelText={t('cancel')}
      onCancel={onClose}
      onOk={() => change.mutate()}
      confirmLoading={change.isPending}
      okButtonProps={{ disabled: present === '' || next === '' }}
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        <Field label={t('password.present')}>
          {(control) => (
            <Input.Password
              {...control}
              autoComplete="current-password"
              value={present}
              onChange={({ target }) => setPresent(target.value)}
            />
          )}
        </Field>
        <Field label={t('password.next')} hint={t('password.rule')}>
          {(control) => (
            <Input.Password
              {...control}
              autoComplete="new-password"
              value={next}
              onChange={({ target }) => setNext(target.value)}
            />
          )}
        </Field>
        {change.error !== null && <ProblemMessage error={change.error} />}
        <button type="submit" hidden />
      </form>
    </Modal>
  );
}
