import type { ReactNode } from 'react';
import type { WhoAnswer } from '../../server/api/schema/access.js';
import { useWho } from '../api/session.js';
import { useMessages } from '../messages/language.js';
import { Empty } from '../parts/empty.js';
import { Page } from '../parts/page.js';

/** A page that is not for one's role: says which role it is for, and who can change that. */
export function Forbidden({ role }: { readonly role: WhoAnswer['role'] }): ReactNode {
  const { t } = useMessages();
  const who = useWho();
  return (
    <Page title={t('problem.forbidden')}>
      <div className="panel">
        <Empty title={t('forbidden.title', { role: t(`role.${role}`) })}>
          {t('forbidden.body', { role: t(`role.${who?.role ?? 'viewer'}`) })}
        </Empty>
      </div>
    </Page>
  );
}
