import AlertOutlined from '@ant-design/icons/es/icons/AlertOutlined';
import AppstoreOutlined from '@ant-design/icons/es/icons/AppstoreOutlined';
import ClusterOutlined from '@ant-design/icons/es/icons/ClusterOutlined';
import FileSearchOutlined from '@ant-design/icons/es/icons/FileSearchOutlined';
import InfoCircleOutlined from '@ant-design/icons/es/icons/InfoCircleOutlined';
import TeamOutlined from '@ant-design/icons/es/icons/TeamOutlined';
import UnorderedListOutlined from '@ant-design/icons/es/icons/UnorderedListOutlined';
import type { ReactNode } from 'react';
import { NavLink } from 'react-router';
import type { TaskSummary } from '../../server/api/schema/task-summary.js';
import { useMay } from '../api/session.js';
import { useLive } from '../live/use-live.js';
import { useMessages } from '../messages/language.js';
import { attentionOf } from '../tasks/attention.js';

const PLACES = {
  overview: { to: '/', text: 'nav.overview', icon: <AppstoreOutlined /> },
  tasks: { to: '/tasks', text: 'nav.tasks', icon: <UnorderedListOutlined /> },
  cluster: { to: '/cluster', text: 'nav.cluster', icon: <ClusterOutlined /> },
  alerts: { to: '/alerts', text: 'nav.alerts', icon: <AlertOutlined /> },
  audit: { to: '/audit', text: 'nav.audit', icon: <FileSearchOutlined /> },
  access: { to: '/access', text: 'nav.access', icon: <TeamOutlined /> },
  about: { to: '/about', text: 'nav.about', icon: <InfoCircleOutlined /> },
} as const;

type Place = (typeof PLACES)[keyof typeof PLACES];

export function Navigation(): ReactNode {
  const { t } = useMessages();
  const operator = useMay('operator');
  const wanting = useLive(({ tasks }) => countAttention(tasks).wanting);
  const broken = useLive(({ tasks }) => countAttention(tasks).broken);
  const alerts = useLive((state) => state.alerts.length);
  return (
    <nav aria-label={t('nav.label')} className="stack close">
      <NavigationLink place={PLACES.overview} />
      <NavigationLink place={PLACES.tasks}>
        {wanting > 0 && (
          <span className={broken ? 'count bad' : 'count warn'} title={t('nav.attention', { count: wanting })}>
            {wanting}
          </span>
        )}
      </NavigationLink>
      <NavigationLink place={PLACES.cluster} />
      <NavigationLink place={PLACES.alerts}>{alerts > 0 && <span className="count bad">{alerts}</span>}</NavigationLink>
      {operator && <NavigationLink place={PLACES.audit} />}
      <NavigationLink place={PLACES.access} />
      <NavigationLink place={PLACES.about} />
    </nav>
  );
}

function NavigationLink({ place, children }: { readonly place: Place; readonly children?: ReactNode }): ReactNode {
  const { t } = useMessages();
  return (
    <NavLink to={place.to} end={place.to === '/'} className="shell-link">
      {place.icon}
      {t(place.text)}
      {children}
    </NavLink>
  );
}

interface Counted {
  readonly tasks: unknown;
  readonly wanting: number;
  readonly broken: boolean;
}

/** Counted once for each picture, however often it is asked. */
let counted: Counted = { tasks: undefined, wanting: 0, broken: false };

function countAttention(tasks: ReadonlyMap<string, TaskSummary>): Counted {
  if (counted.tasks === tasks) return counted;
  const urgencies = [...tasks.values()].map((task) => attentionOf(task).urgency);
  const wanting = urgencies.filter((urgency) => urgency !== 'well').length;
  counted = { tasks, wanting, broken: urgencies.includes('broken') };
  return counted;
}
