import type { ReactNode } from 'react';
import { useMay } from '../../api/session.js';
import { useMessages } from '../../messages/language.js';
import { Page } from '../../parts/page.js';
import { SessionsPanel } from './sessions-panel.js';
import { TokensPanel } from './tokens-panel.js';
import { UsersPanel } from './users-panel.js';
import '../../styles/access.css';

/** Who may sign in, by what scripts do, and where one is signed in. */
export function AccessPage(): ReactNode {
  const { t } = useMessages();
  const admin = useMay('admin');
  return (
    <Page title={t('nav.access')}>
      <div className="stack wide">
        {admin && <UsersPanel />}
        <TokensPanel />
        <SessionsPanel />
      </div>
    </Page>
  );
}
