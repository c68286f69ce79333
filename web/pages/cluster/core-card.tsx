import { useMutation } from '@tanstack/react-query';
import { Button, Input, Modal, Tooltip } from 'antd';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import type { CoreSummary } from '../../../server/api/schema/task-summary.js';
import { request } from '../../api/request.js';
import { useMay } from '../../api/session.js';
import { useMessages } from '../../messages/language.js';
import { Ago, Since } from '../../parts/age.js';
import { Field } from '../../parts/field.js';
import { LoadBar } from '../../parts/load-bar.js';
import { tell } from '../../parts/notices.js';
import { ProblemMessage } from '../../parts/problem-message.js';
import { tellFailure } from '../../tasks/orders.js';

/** One Core: what it carries, and giving its tasks away before maintenance. */
export function CoreCard({ core }: { readonly core: CoreSummary }): ReactNode {
  const { t, rich } = useMessages();
  const [draining, setDraining] = useState(false);
  const {
    name,
    host,
    pid,
    version,
    since,
    groups,
    pinned,
    capacity,
    load,
    running,
    standby,
    state,
    drain,
    kept,
    unreadable,
  } = core;
  return (
    <li className="panel core" id={`core-${name}`}>
      <div className="row spread">
        <h3 className="break">{name}</h3>
        <CoreState state={state} />
      </div>
      <p className="quiet small break">
        {[host, pid === undefined ? undefined : t('pipeline.pid', { pid: String(pid) }), version]
          .filter(Boolean)
          .join(' · ')}
        {since !== undefined && (
          <>
            {' · '}
            <Since at={since} />
          </>
        )}
      </p>
      <LoadBar load={load} capacity={capacity} />
      <p className="small">
        <Link to={`/tasks?core=${encodeURIComponent(name)}`}>{t('core.runs', { running, standby })}</Link>
      </p>
      <p className="row tight small">
        {groups.map((group) => (
          <span key={group} className="tag">
            {group}
          </span>
        ))}
        {pinned.length > 0 && <span className="quiet break">{t('core.pinned', { tasks: pinned.join(', ') })}</span>}
      </p>
      {unreadable !== undefined && <p className="message bad break">{unreadable.message}</p>}
      {drain !== undefined && (
        <div className="message warn small">
          <p>{rich('core.drain-by', { who: drain.who, ago: <Ago at={drain.at} /> })}</p>
          {drain.reason !== undefined && <p className="break">{drain.reason}</p>}
          {state === 'DRAINING' && <p>{t('core.drain-left', { count: load })}</p>}
          {kept !== undefined && kept.length > 0 && (
            <p className="break">{t('core.kept', { tasks: kept.slice(0, 5).join(', '), count: kept.length })}</p>
          )}
          {state === 'DRAINED' && <p className="strong">{t('core.drained')}</p>}
        </div>
      )}
      <DrainButton core={core} onDrain={() => setDraining(true)} />
      {draining && <DrainDialog core={core} onClose={() => setDraining(false)} />}
    </li>
  );
}

const TONES = { LIVING: 'good', DRAINING: 'warn', DRAINED: 'calm', GONE: 'warn', UNREADABLE: 'bad' } as const;
const SHAPES = {
  LIVING: <circle cx="6" cy="6" r="5" fill="currentColor" />,
  DRAINING: <path d="M6 11 1 4h10z" fill="currentColor" />,
  DRAINED: <path d="M6 10 1.6 3.6h8.8z" fill="none" stroke="currentColor" strokeWidth="1.6" />,
  GONE: <circle cx="6" cy="6" r="4.6" fill="none" stroke="currentColor" strokeWidth="1.6" strokeDasharray="2.2 1.9" />,
  UNREADABLE: <path d="m1.5 1.5 9 9m0-9-9 9" stroke="currentColor" strokeWidth="2.4" />,
} as const;

function CoreState({ state }: { readonly state: CoreSummary['state'] }): ReactNode {
  const { t } = useMessages();
  return (
    <span className={`state ${TONES[state]}`} title={t(`core.state.${state}`)}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        {SHAPES[state]}
      </svg>
      {state}
    </span>
  );
}

function drainPath(core: string, what: 'drain' | 'undrain'): string {
  return `/cores/${encodeURIComponent(core)}/${what}`;
}

function DrainButton({ core, onDrain }: { readonly core: CoreSummary; readonly onDrain: () => void }): ReactNode {
  const { t } = useMessages();
  const operator = useMay('operator');
  const undrain = useMutation({
    mutationFn: () => request<{ text: string }>(drainPath(core.name, 'undrain'), { method: 'POST' }),
    onSuccess: ({ text }) => tell(text),
    onError: tellFailure,
  });
  const under = core.drain !== undefined;
  return (
    <div>
      <Tooltip
        title={
          operator
            ? under
              ? t('core.undrain.meaning')
              : t('core.drain.meaning')
            : t('forbidden.needs', { role: t('role.operator') })
        }
      >
        <Button
          size="small"
          disabled={!operator}
          loading={undrain.isPending}
          onClick={() => (under ? undrain.mutate() : onDrain())}
        >
          {under ? t('core.undrain') : t('core.drain')}
        </Button>
      </Tooltip>
    </div>
  );
}

function DrainDialog({ core, onClose }: { readonly core: CoreSummary; readonly onClose: () => void }): ReactNode {
  const { t } = useMessages();
  const [reason, setReason] = useState('');
  const drain = useMutation({
    mutationFn: () =>
      request<{ text: string; stays: string[] }>(drainPath(core.name, 'drain'), {
        method: 'POST',
        body: reason === '' ? {} : { reason },
      }),
    onSuccess: ({ text, stays }) => {
      tell(
        stays.length === 0
          ? text
          : `${text} ${t('core.kept', { tasks: stays.slice(0, 5).join(', '), count: stays.length })}`,
      );
      onClose();
    },
  });
  return (
    <Modal
      open
      title={t('core.drain.title', { core: core.name })}
      okText={t('core.drain')}
      cancelText={t('cancel')}
      confirmLoading={drain.isPending}
      onOk={() => drain.mutate()}
      onCancel={onClose}
    >
      <div className="stack">
        <p>{t('core.drain.meaning')}</p>
        <p className="quiet">{t('core.drain.amount', { count: core.load })}</p>
        <Field label={t('core.drain.reason')}>
          {(control) => (
            <Input
              {...control}
              autoFocus
              maxLength={500}
              value={reason}
              onChange={({ target }) => setReason(target.value)}
            />
          )}
        </Field>
        {drain.error !== null && <ProblemMessage error={drain.error} />}
      </div>
    </Modal>
  );
}
