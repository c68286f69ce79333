import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { TaskDetail, TaskInstance } from '../../../server/api/schema/task-detail.js';
import type { TaskSummary } from '../../../server/api/schema/task-summary.js';
import { useFormat } from '../../format/use-format.js';
import { useStale } from '../../live/use-live.js';
import { useMessages } from '../../messages/language.js';
import { Ago, Since } from '../../parts/age.js';
import { StateMark } from '../../parts/state-mark.js';
import { LagText } from '../../tasks/lag-text.js';

/** Source → Cores in the order of their turn → sink, as the data flows, each with its own state. */
export function Pipeline({ detail }: { readonly detail: TaskDetail }): ReactNode {
  const { t } = useMessages();
  const { summary } = detail;
  const trouble = summary.failure?.kind;
  const failing = summary.state === 'STOPPED' || summary.state === 'WAITING';
  const bad = (where: string): boolean => failing && trouble?.startsWith(where) === true;
  return (
    <section className="pipeline" aria-label={t('pipeline.label')}>
      <SourceStage detail={detail} bad={bad('source') || bad('position')} />
      <Flow summary={summary} />
      <CoresStage detail={detail} />
      <Flow summary={summary} out />
      <SinkStage detail={detail} bad={bad('sink') || bad('record') || bad('term')} />
    </section>
  );
}

interface StageProps {
  readonly title: string;
  readonly name: ReactNode;
  readonly bad?: boolean;
  readonly children: ReactNode;
}

function Stage({ title, name, bad = false, children }: StageProps): ReactNode {
  return (
    <div className={bad ? 'stage bad' : 'stage'}>
      <div className="quiet small">{title}</div>
      <h2 className="break">{name}</h2>
      {children}
    </div>
  );
}

function SourceStage({ detail, bad }: { readonly detail: TaskDetail; readonly bad: boolean }): ReactNode {
  const { t } = useMessages();
  const { spec, progress, lastCommit, summary } = detail;
  const position = summary.position ?? progress?.position ?? lastCommit?.position;
  const eventTime = progress?.eventTime ?? lastCommit?.eventTime;
  return (
    <Stage title={t('pipeline.source')} name={summary.source ?? t('pipeline.unknown')} bad={bad}>
      <dl className="facts small">
        {spec !== undefined && (
          <>
            <dt>{t('pipeline.tables')}</dt>
            <dd className="mono">
              {spec.source.tables.slice(0, 6).join(', ')}
              {spec.source.tables.length > 6 && ` +${spec.source.tables.length - 6}`}
            </dd>
          </>
        )}
        {position !== undefined && (
          <>
            <dt>{t('pipeline.read-to')}</dt>
            <dd className="mono">
              {position.file}:{position.offset}
            </dd>
          </>
        )}
        {eventTime !== undefined && (
          <>
            <dt>{t('pipeline.last-change')}</dt>
            <dd>
              <Ago at={eventTime} />
            </dd>
          </>
        )}
      </dl>
    </Stage>
  );
}

function CoresStage({ detail: { instances, summary } }: { readonly detail: TaskDetail }): ReactNode {
  const { t } = useMessages();
  const wanted = summary.instancesWanted;
  return (
    <Stage
      title={t('pipeline.cores')}
      name={t('pipeline.instances', { there: instances.length, wanted: wanted ?? '?' })}
    >
      {instances.length === 0 ? (
        <p className="quiet small">{t('pipeline.no-instance')}</p>
      ) : (
        <ol className="instances">
          {instances.map((instance) => (
            <InstanceLine key={instance.node} instance={instance} />
          ))}
        </ol>
      )}
    </Stage>
  );
}

function InstanceLine({ instance }: { readonly instance: TaskInstance }): ReactNode {
  const { t } = useMessages();
  const stale = useStale();
  const { node, core, host, pid, since, sequence, term } = instance;
  const state = stale ? 'UNKNOWN' : instance.state;
  return (
    <li
      title={t('pipeline.instance', {
        node,
        sequence: String(sequence),
        term: term === undefined ? '–' : String(term),
      })}
    >
      <StateMark state={state} />
      <span className="instance-who">
        {core === undefined ? <code>{node}</code> : <Link to={`/cluster#core-${core}`}>{core}</Link>}
        <span className="quiet small break">
          {[host, pid === undefined ? undefined : t('pipeline.pid', { pid: String(pid) })].filter(Boolean).join(' · ')}
        </span>
      </span>
      {since !== undefined && !stale && (
        <span className="quiet small">
          <Since at={since} />
        </span>
      )}
    </li>
  );
}

function SinkStage({
  detail: { spec, summary },
  bad,
}: {
  readonly detail: TaskDetail;
  readonly bad: boolean;
}): ReactNode {
  const { t } = useMessages();
  const kafka = spec?.sink.kafka;
  const target = spec?.sink.mysql;
  if (target !== undefined || summary.sink?.startsWith('mysql://') === true) {
    return <TargetStage target={target} address={summary.sink} bad={bad} />;
  }
  return (
    <Stage title={t('pipeline.sink')} name="Kafka" bad={bad}>
      <dl className="facts small">
        {kafka !== undefined && (
          <>
            <dt>{t('pipeline.brokers')}</dt>
            <dd className="mono">{kafka.brokers.join(', ')}</dd>
          </>
        )}
        <dt>{t('pipeline.topics')}</dt>
        <dd className="mono">{kafka?.topic ?? summary.sink ?? '?'}</dd>
        {kafka !== undefined && (
          <>
            <dt>{t('pipeline.delivery')}</dt>
            <dd>{t(`delivery.${kafka.delivery}`)}</dd>
          </>
        )}
      </dl>
    </Stage>
  );
}

/** Another MySQL as the sink: where it is, and by which rules it is written. */
function TargetStage({
  target,
  address,
  bad,
}: {
  readonly target: MysqlTarget;
  readonly address: string | undefined;
  readonly bad: boolean;
}): ReactNode {
  const { t } = useMessages();
  const places = Object.entries(target?.tables ?? {});
  return (
    <Stage title={t('pipeline.target')} name={address?.replace(/^mysql:\/\//, '') ?? t('pipeline.unknown')} bad={bad}>
      {target !== undefined && (
        <dl className="facts small">
          <dt>{t('pipeline.tables')}</dt>
          <dd className="mono">
            {places.length === 0
              ? t('pipeline.same-names')
              : places.slice(0, PLACES_SHOWN).map(([from, to]) => <div key={from}>{`${from} → ${to}`}</div>)}
            {places.length > PLACES_SHOWN && `+${places.length - PLACES_SHOWN}`}
          </dd>
          <dt>{t('target.order')}</dt>
          <dd title={t(`target.order.${target.order}`)}>{target.order}</dd>
          <dt>{t('target.conflict')}</dt>
          <dd title={t(`target.conflict.${target.conflict}`)}>{target.conflict}</dd>
          <dt>{t('target.ddl')}</dt>
          <dd title={t(`target.ddl.${target.ddl}`)}>{target.ddl}</dd>
        </dl>
      )}
    </Stage>
  );
}

type MysqlTarget = NonNullable<TaskDetail['spec']>['sink']['mysql'];
const PLACES_SHOWN = 4;

/** The arrow between two stages, with what passes. */
function Flow({ summary, out = false }: { readonly summary: TaskSummary; readonly out?: boolean }): ReactNode {
  const { t } = useMessages();
  const format = useFormat();
  const flowing = summary.state === 'RUNNING' && summary.rowsPerSecond > 0;
  return (
    <div className={flowing ? 'flow flowing' : 'flow'}>
      <span className="flow-text strong" title={format.exactly(summary.rowsPerSecond)}>
        {out ? t('unit.rows-per-second', { value: format.number(summary.rowsPerSecond) }) : <LagText task={summary} />}
      </span>
      <span className="flow-line" aria-hidden="true" />
      <span className="flow-text small quiet">
        {out ? t('unit.bytes-per-second', { value: format.bytes(summary.bytesPerSecond) }) : t('pipeline.behind')}
      </span>
    </div>
  );
}
