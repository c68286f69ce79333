import { Button } from 'antd';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'react-router';
import { useMessages } from '../messages/language.js';
import { Empty } from '../parts/empty.js';
import { Page } from '../parts/page.js';

export function NotFoundPage(): ReactNode {
  const { t, rich } = useMessages();
  const { pathname } = useLocation();
  return (
    <Page title={t('not-found.title')}>
      <div className="panel">
        <Empty
          title="404"
          actions={
            <Link to="/">
              <Button tabIndex={-1}>{t('not-found.home')}</Button>
            </Link>
          }
        >
          <span className="break">{rich('not-found.body', { path: <code>{pathname}</code> })}</span>
        </Empty>
      </div>
    </Page>
  );
}
