import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Input, Modal } from 'antd';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { request } from '../../api/request.js';
import { useMay } from '../../api/session.js';
import { useMessages } from '../../messages/language.js';
import { Ago, Since } from '../../parts/age.js';
import { Field } from '../../parts/field.js';
import { ProblemMessage } from '../../parts/problem-message.js';
import { tellFailure } from '../../tasks/orders.js';
import type { AlertView } from './alert-answers.js';

const HOUR_MS = 3_600_000;
const TASKS_SHOWN = 6;

/** One open alert: what, since when, what to do, who is at it. */
export function OpenAlert({ alert }: { readonly alert: AlertView }): ReactNode {
  const { t, rich } = useMessages();
  const operator = useMay('operator');
  const queries = useQueryClient();
  const [acknowledging, setAcknowledging] = useState(false);
  const { severity, text, reason, remedy, since, tasks = [], tasksInAll, acknowledged, rule, kind, name } = alert;
  const silence = useMutation({
    mutationFn: () =>
      request('/silences', {
        method: 'POST',
        body: { match: { rules: [rule], objects: [`${kind}:${name}`] }, until: Date.now() + HOUR_MS },
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['alerts'] }),
    onError: tellFailure,
  });
  return (
    <li>
      <span className={severity === 'critical' ? 'tag event-bad' : 'tag'}>{severity}</span>
      <span className="stack close">
        <span className="strong break">{text}</span>
        {reason !== undefined && reason !== '' && <span className="quiet small break">{reason}</span>}
        {remedy !== undefined && remedy !== '' && <span className="small break">{remedy}</span>}
        <span className="row tight small">
          {tasks.slice(0, TASKS_SHOWN).map((task) => (
            <Link key={task} to={`/tasks/${encodeURIComponent(task)}`}>
              {task}
            </Link>
          ))}
          {tasksInAll > TASKS_SHOWN && <span className="quiet">{t('alerts.tasks', { count: tasksInAll })}</span>}
        </span>
        {acknowledged !== undefined && (
          <span className="small break">
            {rich('alerts.acknowledged', { who: acknowledged.by, ago: <Ago at={acknowledged.at} /> })}{' '}
            {acknowledged.note}
          </span>
        )}
        {operator && (
          <span className="row tight">
            {acknowledged === undefined && (
              <Button size="small" onClick={() => setAcknowledging(true)}>
                {t('alerts.acknowledge')}
              </Button>
            )}
            <Button size="small" loading={silence.isPending} onClick={() => silence.mutate()}>
              {t('alerts.silence')}
            </Button>
          </span>
        )}
        {acknowledging && <Acknowledge alert={alert} onClose={() => setAcknowledging(false)} />}
      </span>
      <span className="quiet small">
        <Since at={since} />
      </span>
    </li>
  );
}

function Acknowledge({ alert, onClose }: { readonly alert: AlertView; readonly onClose: () => void }): ReactNode {
  const { t } = useMessages();
  const queries = useQueryClient();
  const [note, setNote] = useState('');
  const send = useMutation({
    mutationFn: () =>
      request(`/alerts/${encodeURIComponent(alert.id)}/acknowledge`, { method: 'POST', body: { note } }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['alerts'] });
      onClose();
    },
  });
  return (
    <Modal
      open
      title={t('alerts.acknowledge')}
      okText={t('alerts.acknowledge')}
      cancelText={t('cancel')}
      confirmLoading={send.isPending}
      onOk={() => send.mutate()}
      onCancel={onClose}
    >
      <div className="stack">
        <p className="break">{alert.text}</p>
        <Field label={t('alerts.note')} hint={t('alerts.note.hint')}>
          {(control) => <Input {...control} autoFocus value={note} onChange={({ target }) => setNote(target.value)} />}
        </Field>
        {send.error !== null && <ProblemMessage error={send.error} />}
      </div>
    </Modal>
  );
}
