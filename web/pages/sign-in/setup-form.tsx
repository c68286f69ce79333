import { Button, Input } from 'antd';
import { useState, type ReactNode } from 'react';
import { setUp } from '../../api/session.js';
import { useMessages } from '../../messages/language.js';
import { Field } from '../../parts/field.js';
import { ProblemMessage } from '../../parts/problem-message.js';
import { useSubmit } from './use-submit.js';

/** The first admin. The code proves that one reads the Server's output. */
export function SetupForm({ code: given }: { readonly code: string }): ReactNode {
  const { t } = useMessages();
  const [code, setCode] = useState(given);
  const [user, setUser] = useState('admin');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const { busy, error, submit } = useSubmit(async () => {
    await setUp(code, user, password);
    history.replaceState(null, '', '/');
  });
  const differs = again !== '' && again !== password;
  return (
    <form className="stack" onSubmit={submit}>
      <Field label={t('setup.code')} hint={t('setup.code.hint')}>
        {(control) => (
          <Input
            {...control}
            size="large"
            className="mono"
            autoComplete="one-time-code"
            autoFocus={given === ''}
            value={code}
            onChange={({ target }) => setCode(target.value.trim())}
          />
        )}
      </Field>
      <Field label={t('sign-in.user')}>
        {(control) => (
          <Input
            {...control}
            size="large"
            autoComplete="username"
            value={user}
            onChange={({ target }) => setUser(target.value)}
          />
        )}
      </Field>
      <Field label={t('sign-in.password')} hint={t('password.rule')}>
        {(control) => (
          <Input.Password
            {...control}
            size="large"
            autoComplete="new-password"
            autoFocus={given !== ''}
            value={password}
            onChange={({ target }) => setPassword(target.value)}
          />
        )}
      </Field>
      <Field label={t('setup.again')} fault={differs ? t('setup.differs') : undefined}>
        {(control) => (
          <Input.Password
            {...control}
            size="large"
            autoComplete="new-password"
            value={again}
            onChange={({ target }) => setAgain(target.value)}
          />
        )}
      </Field>
      {error !== undefined && <ProblemMessage error={error} />}
      <Button
        type="primary"
        htmlType="submit"
        size="large"
        block
        loading={busy}
        disabled={code === '' || user === '' || password === '' || again !== password}
      >
        {t('setup.submit')}
      </Button>
    </form>
  );
}
