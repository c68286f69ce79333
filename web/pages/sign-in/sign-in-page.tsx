import { useQuery } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { useState, type ReactNode } from 'react';
import { request } from '../../api/request.js';
import type { SignInMethods } from '../../../server/api/schema/access.js';
import { signIn } from '../../api/session.js';
import { useMessages } from '../../messages/language.js';
import { Field } from '../../parts/field.js';
import { ProblemMessage } from '../../parts/problem-message.js';
import { Shapes } from '../../parts/shapes.js';
import { AppearanceChoice, LanguageSwitch } from '../../shell/preferences.js';
import { SetupForm } from './setup-form.js';
import { useSubmit } from './use-submit.js';
import '../../styles/door.css';

/** The door: sign in, or make the first user. The address stays, so that one goes on where one wanted to. */
export function SignInPage({ ended }: { readonly ended: boolean }): ReactNode {
  const { t } = useMessages();
  // Never from memory: whoever has just made the first user and signs out is not asked to make one again.
  const methods = useQuery({
    queryKey: ['sign-in'],
    queryFn: () => request<SignInMethods>('/sign-in'),
    retry: 3,
    gcTime: 0,
  });
  // Behind the #, so that the code is in no log of a server.
  const code = new URLSearchParams(location.hash.slice(1)).get('code');
  const setup = methods.data?.setupNeeded === true;
  return (
    <main className="door">
      <div className="door-card">
        <div className="door-mark">
          <img src="/mark.svg" alt="" />
          <div>
            <h1>mysql-replicator</h1>
            <p className="quiet">{setup ? t('setup.intro') : t('sign-in.intro')}</p>
          </div>
        </div>
        {ended && (
          <div className="message warn" role="status">
            {t('sign-in.ended')}
          </div>
        )}
        {methods.isPending && <Shapes lines={4} />}
        {methods.error !== null && methods.data === undefined && (
          <ProblemMessage error={methods.error} retry={() => void methods.refetch()} />
        )}
        {methods.data !== undefined &&
          (setup ? <SetupForm code={code ?? ''} /> : <SignInForm methods={methods.data} />)}
      </div>
      <div className="door-foot">
        <LanguageSwitch />
        <AppearanceChoice />
      </div>
    </main>
  );
}

/** Where one wanted to; the door itself is no place to come back to. */
function pageToReturnTo(): string {
  const { pathname, search } = location;
  return ['/sign-in', '/setup'].includes(pathname) ? '/' : `${pathname}${search}`;
}

function SignInForm({ methods }: { readonly methods: SignInMethods }): ReactNode {
  const { t } = useMessages();
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const { busy, error, submit } = useSubmit(() => signIn(user, password));
  const refused = new URLSearchParams(location.search).get('error');
  return (
    <form className="stack" onSubmit={submit}>
      {refused !== null && (
        <div className="message bad" role="alert">
          {t('sign-in.oidc-refused', { reason: refused })}
        </div>
      )}
      {methods.oidc !== undefined && (
        <>
          <Button block size="large" href={`/api/v1/oidc/start?back=${encodeURIComponent(pageToReturnTo())}`}>
            {t('sign-in.oidc', { name: methods.oidc.name })}
          </Button>
          {methods.password && <div className="door-or">{t('sign-in.or')}</div>}
        </>
      )}
      {methods.password && (
        <>
          <Field label={t('sign-in.user')}>
            {(control) => (
              <Input
                {...control}
                size="large"
                autoFocus
                autoComplete="username"
                autoCapitalize="none"
                value={user}
                onChange={({ target }) => setUser(target.value)}
              />
            )}
          </Field>
          <Field label={t('sign-in.password')}>
            {(control) => (
              <Input.Password
                {...control}
                size="large"
                autoComplete="current-password"
                value={password}
                onChange={({ target }) => setPassword(target.value)}
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
            disabled={user === '' || password === ''}
          >
            {t('sign-in.submit')}
          </Button>
        </>
      )}
    </form>
  );
}
