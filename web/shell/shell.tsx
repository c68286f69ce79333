import MenuOutlined from '@ant-design/icons/es/icons/MenuOutlined';
import { Button } from 'antd';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Link, useLocation } from 'react-router';
import type { WhoAnswer } from '../../server/api/schema/access.js';
import { followLive } from '../live/live-connection.js';
import { usePresent } from '../live/use-live.js';
import { useMessages } from '../messages/language.js';
import { LinkBanner, LinkMark } from './link-state.js';
import { Navigation } from './navigation.js';
import { PageBoundary } from './page-boundary.js';
import { Preferences } from './preferences.js';

interface ShellProps {
  readonly who: WhoAnswer;
  readonly children: ReactNode;
}

/** What stands around every page: where one is, whether what is shown is the present, and who one is. */
export function Shell({ who, children }: ShellProps): ReactNode {
  const { t } = useMessages();
  const { pathname } = useLocation();
  const [open, setOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const present = usePresent();
  const lastPath = useRef(pathname);
  useEffect(() => followLive(), []);
  useEffect(() => {
    setOpen(false);
    if (lastPath.current.split('/')[1] === pathname.split('/')[1]) return;
    lastPath.current = pathname;
    scrollTo(0, 0);
  }, [pathname]);
  return (
    <div className="shell">
      <a className="skip" href="#content" onClick={() => main.current?.focus()}>
        {t('nav.skip')}
      </a>
      <div className="shell-top">
        <Mark />
        <LinkMark brief />
        <Button
          type="text"
          icon={<MenuOutlined />}
          aria-label={t('nav.menu')}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        />
      </div>
      <div
        className={open ? 'shell-side open' : 'shell-side'}
        onKeyDown={(event) => event.key === 'Escape' && setOpen(false)}
      >
        <Mark />
        <Navigation />
        <div className="shell-foot">
          <LinkMark />
          <Preferences who={who} />
        </div>
      </div>
      <main className="shell-main" id="content" ref={main} tabIndex={-1}>
        <LinkBanner />
        <div className={present ? 'shell-page' : 'shell-page past'}>
          <PageBoundary key={pathname}>{children}</PageBoundary>
        </div>
      </main>
    </div>
  );
}

function Mark(): ReactNode {
  return (
    <Link to="/" className="shell-mark">
      <img src="/mark.svg" alt="" />
      mysql-replicator
    </Link>
  );
}
