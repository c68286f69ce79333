import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { CoreSummary } from '../../../server/api/schema/task-summary.js';
import { useLive } from '../../live/use-live.js';
import { useMessages } from '../../messages/language.js';
import { LoadBar } from '../../parts/load-bar.js';
import { Panel } from '../../parts/panel.js';

/** Who carries it all, and how much more they could. */
export function CoresPanel(): ReactNode {
  const { t } = useMessages();
  const cores = useLive((state) => state.cores);
  const groups = useLive((state) => state.groups);
  return (
    <div className="duo">
      <Panel
        title={t('overview.cores', { count: cores.size })}
        extra={<Link to="/cluster">{t('nav.cluster')}</Link>}
        flush
      >
        {cores.size === 0 && <p className="panel-body lacking">{t('overview.no-cores')}</p>}
        <ul className="top-list">
          {[...cores.values()].map((core) => (
            <CoreLine key={core.name} core={core} />
          ))}
        </ul>
      </Panel>
      <Panel title={t('overview.groups', { count: groups.size })} flush>
        {groups.size === 0 && <p className="panel-body quiet">{t('overview.no-groups')}</p>}
        <ul className="top-list">
          {[...groups.values()].map(({ name, tasks, running, unserved, cores: members }) => (
            <li key={name}>
              <Link className="ellipsis top-name" to={`/tasks?group=${encodeURIComponent(name)}`}>
                {name}
              </Link>
              <span className="quiet small nowrap">
                {t('overview.group', { running, tasks, cores: members.length })}
              </span>
              {unserved > 0 && (
                <span className="lacking small nowrap">{t('overview.unserved', { count: unserved })}</span>
              )}
            </li>
          ))}
        </ul>
      </Panel>
    </div>
  );
}

function CoreLine({ core }: { readonly core: CoreSummary }): ReactNode {
  return (
    <li>
      <Link className="ellipsis top-name" to={`/cluster#core-${core.name}`}>
        {core.name} <span className="quiet small">{core.host}</span>
      </Link>
      {core.state !== 'LIVING' && <span className="tag">{core.state}</span>}
      <LoadBar load={core.load} capacity={core.capacity} />
    </li>
  );
}
