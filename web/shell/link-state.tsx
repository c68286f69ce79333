import type { ReactNode } from 'react';
import { useFormat } from '../format/use-format.js';
import { useLive, usePresent } from '../live/use-live.js';
import { useMessages } from '../messages/language.js';
import { Since } from '../parts/age.js';

/** How the page, the Server and ZooKeeper stand: always in sight. */
export function LinkMark({ brief = false }: { readonly brief?: boolean }): ReactNode {
  const { t } = useMessages();
  const link = useLive((state) => state.link);
  const since = useLive((state) =>
    state.link === 'live' ? (state.zookeeper?.since ?? state.linkSince) : state.linkSince,
  );
  const zookeeper = useLive((state) => state.zookeeper?.state);
  const live = link === 'live' && zookeeper === 'live';
  const text = live ? t('link.live') : link === 'connecting' ? t('link.connecting') : undefined;
  return (
    <div className={live ? 'link-state' : 'link-state waiting'} data-testid={brief ? undefined : 'link-state'}>
      <span className="link-dot" aria-hidden="true" />
      <span className={brief && live ? 'hidden-visually' : ''}>{text ?? <Reconnecting at={since} />}</span>
    </div>
  );
}

function Reconnecting({ at }: { readonly at: number }): ReactNode {
  const { rich } = useMessages();
  return rich('link.reconnecting', { since: <Since at={at} /> });
}

/** While what is shown is not the present: since when, and of when the picture is. */
export function LinkBanner(): ReactNode {
  const { rich } = useMessages();
  const format = useFormat();
  const present = usePresent();
  const known = useLive((state) => state.known);
  const heardAt = useLive((state) => state.heardAt);
  const linked = useLive((state) => state.link === 'live');
  const linkSince = useLive((state) => state.linkSince);
  const zookeeper = useLive((state) => state.zookeeper);
  if (present || !known) return null;
  const lost = !linked;
  const at = lost ? linkSince : (zookeeper?.since ?? linkSince);
  const time = <time dateTime={new Date(heardAt).toISOString()}>{format.timeOfDay(lost ? heardAt : at)}</time>;
  return (
    <div className="link-banner" role="status" data-testid="link-banner">
      <span className="break">{rich(lost ? 'link.lost' : 'link.zookeeper', { since: <Since at={at} />, time })}</span>
    </div>
  );
}
