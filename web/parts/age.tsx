import type { ReactNode } from 'react';
import { useFormat } from '../format/use-format.js';
import { useNow } from '../live/use-live.js';
import { useMessages } from '../messages/language.js';

/** How long ago, counting up; the moment itself, with its zone, on hover. */
export function Ago({ at }: { readonly at: number }): ReactNode {
  const now = useNow();
  const { t } = useMessages();
  const format = useFormat();
  return (
    <time dateTime={new Date(at).toISOString()} title={format.moment(at)} className="nowrap">
      {t('time.ago', { duration: format.age(Math.max(0, now - at)) })}
    </time>
  );
}

/** For how long something has been so. */
export function Since({ at }: { readonly at: number }): ReactNode {
  const now = useNow();
  const { t } = useMessages();
  const format = useFormat();
  return (
    <time dateTime={new Date(at).toISOString()} title={format.moment(at)} className="nowrap">
      {t('time.for', { duration: format.age(Math.max(0, now - at)) })}
    </time>
  );
}

/** A moment as date and time; how long ago on hover. */
export function Moment({ at }: { readonly at: number }): ReactNode {
  const format = useFormat();
  return (
    <time dateTime={new Date(at).toISOString()} title={format.moment(at)} className="nowrap">
      {format.dayAndTime(at)}
    </time>
  );
}
