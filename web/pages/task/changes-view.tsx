import { Button, Input, Select } from 'antd';
import { useState, type ReactNode } from 'react';
import { useSearchParams } from 'react-router';
import type { TaskDetail } from '../../../server/api/schema/task-detail.js';
import { useMessages } from '../../messages/language.js';
import { CodeBlock } from '../../parts/code-block.js';
import { Empty } from '../../parts/empty.js';
import { Panel } from '../../parts/panel.js';
import { useChangeStream } from '../../tasks/change-stream.js';
import { taskPath } from '../../tasks/orders.js';
import { ChangeRow } from './change-row.js';

const OPS = ['c', 'u', 'd', 't'] as const;

/** The changes as they arrive in Kafka: read from the sink's own topics, so that what is seen is what consumers get. */
export function ChangesView({ detail }: { readonly detail: TaskDetail }): ReactNode {
  const { t } = useMessages();
  // The Server would answer 409 `no-topic`, which an event stream does not tell.
  if (detail.spec?.sink.mysql !== undefined) {
    return (
      <Panel title={t('changes.title')}>
        <Empty title={t('changes.no-topic')}>{t('changes.no-topic.body')}</Empty>
      </Panel>
    );
  }
  return <Changes detail={detail} />;
}

function Changes({ detail }: { readonly detail: TaskDetail }): ReactNode {
  const { t } = useMessages();
  const [address, setAddress] = useSearchParams();
  const [paused, setPaused] = useState(false);
  const table = address.get('table') ?? '';
  const q = address.get('q') ?? '';
  const op = address.get('op') ?? '';
  const set = (name: string, value: string): void =>
    setAddress(
      (present) => {
        if (value === '') present.delete(name);
        else present.set(name, value);
        return present;
      },
      { replace: true },
    );
  const query = new URLSearchParams(Object.entries({ table, q, op }).filter(([, value]) => value !== ''));
  const stream = useChangeStream(`/api/v1${taskPath(detail.summary.name, 'changes')}?${query}`, paused);
  return (
    <Panel
      flush
      title={t('changes.title')}
      extra={
        <span className="row">
          {stream.leftOut > 0 && (
            <span className="quiet small">{t('changes.left-out', { count: stream.leftOut })}</span>
          )}
          <Button onClick={() => setPaused(!paused)} aria-pressed={paused}>
            {paused ? t('changes.go-on', { count: stream.waiting }) : t('changes.pause')}
          </Button>
        </span>
      }
    >
      <div className="row panel-body">
        <Committed className="changes-text" label={t('changes.text')} value={q} onChange={(value) => set('q', value)} />
        <Committed
          className="changes-text"
          label={t('changes.table')}
          value={table}
          onChange={(value) => set('table', value)}
        />
        <Select
          mode="multiple"
          allowClear
          className="changes-ops"
          aria-label={t('changes.ops')}
          placeholder={t('changes.ops')}
          value={op === '' ? [] : op.split(',')}
          onChange={(ops: string[]) => set('op', ops.join(','))}
          options={OPS.map((value) => ({ value, label: t(`op.${value}`) }))}
        />
      </div>
      {stream.failure !== undefined && (
        <div className="panel-body">
          <div className="message bad" role="alert">
            <p>{stream.failure.message}</p>
            {stream.failure.remedy !== undefined && (
              <CodeBlock text={stream.failure.remedy} what={t('problem.remedy')} />
            )}
          </div>
        </div>
      )}
      {stream.changes.length === 0 ? (
        <Empty title={t(stream.state === 'broken' ? 'changes.broken' : 'changes.none')}>
          {t('changes.none.body')}
          {stream.topics !== undefined && <p className="mono small break">{stream.topics}</p>}
        </Empty>
      ) : (
        <div className="changes">
          {stream.changes.map((change) => (
            <ChangeRow key={change.n} change={change} />
          ))}
        </div>
      )}
    </Panel>
  );
}

interface CommittedProps {
  readonly label: string;
  readonly value: string;
  readonly className: string;
  readonly onChange: (value: string) => void;
}

/** A filter that is applied when one leaves the field or presses Enter: each one asks the Server for another stream. */
function Committed({ label, value, className, onChange }: CommittedProps): ReactNode {
  const [typed, setTyped] = useState(value);
  return (
    <Input
      className={className}
      aria-label={label}
      placeholder={label}
      allowClear
      value={typed}
      onChange={({ target, type }) => {
        setTyped(target.value);
        if (type === 'click') onChange('');
      }}
      onBlur={() => onChange(typed)}
      onPressEnter={() => onChange(typed)}
    />
  );
}
