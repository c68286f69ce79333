import { Button } from 'antd';
import { useState, type ReactNode } from 'react';
import type { TaskDetail } from '../../../server/api/schema/task-detail.js';
import { gtidParts } from '../../format/position-text.js';
import { useFormat } from '../../format/use-format.js';
import { useMessages } from '../../messages/language.js';
import { Ago } from '../../parts/age.js';
import { CopyButton } from '../../parts/copy-button.js';
import { Panel } from '../../parts/panel.js';

/** How far the task is, in every form that somebody may need it in. */
export function LastCommitPanel({ detail }: { readonly detail: TaskDetail }): ReactNode {
  const { t, rich } = useMessages();
  const { lastCommit } = detail;
  const position = lastCommit?.position;
  return (
    <Panel
      title="lastCommit"
      extra={
        lastCommit !== undefined && (
          <span className="quiet small">
            {rich('commit.written', { ago: <Ago at={lastCommit.committedAt} />, core: lastCommit.core })}
          </span>
        )
      }
    >
      {position === undefined || lastCommit === undefined ? (
        <p className="quiet">{t('commit.none')}</p>
      ) : (
        <dl className="facts" data-testid="last-commit">
          <dt>{t('commit.file')}</dt>
          <dd>
            <Copied text={`${position.file}:${position.offset}`} what={t('commit.file')} />
          </dd>
          {position.gtidSet !== undefined && (
            <>
              <dt>{t('commit.gtid')}</dt>
              <dd>
                <GtidSet set={position.gtidSet} />
              </dd>
            </>
          )}
          {position.serverUuid !== undefined && (
            <>
              <dt>{t('commit.server')}</dt>
              <dd>
                <Copied text={position.serverUuid} what={t('commit.server')} />
              </dd>
            </>
          )}
          {lastCommit.eventTime !== undefined && (
            <>
              <dt>{t('commit.event-time')}</dt>
              <dd>
                <Ago at={lastCommit.eventTime} />
              </dd>
            </>
          )}
          <dt>{t('commit.term')}</dt>
          <dd className="mono">{lastCommit.term}</dd>
          {lastCommit.sink !== undefined && (
            <>
              <dt>{t('commit.sink')}</dt>
              <dd className="mono">
                {'row' in lastCommit.sink
                  ? t('commit.sink.row', { row: lastCommit.sink.row, version: String(lastCommit.sink.version) })
                  : t('commit.sink.at', {
                      partition: String(lastCommit.sink.partition),
                      offset: String(lastCommit.sink.offset),
                    })}
              </dd>
            </>
          )}
        </dl>
      )}
    </Panel>
  );
}

function Copied({ text, what }: { readonly text: string; readonly what: string }): ReactNode {
  return (
    <span className="row tight">
      <code className="break">{text}</code>
      <CopyButton text={text} what={what} />
    </span>
  );
}

const PARTS_SHOWN = 1;

/** One line for each server; more than the first ones are folded. */
function GtidSet({ set }: { readonly set: string }): ReactNode {
  const { t } = useMessages();
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const parts = gtidParts(set);
  const shown = open ? parts : parts.slice(0, PARTS_SHOWN);
  return (
    <div className="stack close">
      {shown.map(({ uuid, ranges, count }, i) => (
        <span
          key={uuid}
          className="row tight"
          title={t('commit.transactions', { count, exact: format.exactly(count) })}
        >
          <code className="break">
            {uuid}:{ranges}
          </code>
          {i === 0 && <CopyButton text={set} what={t('commit.gtid')} />}
        </span>
      ))}
      {parts.length > PARTS_SHOWN && (
        <div>
          <Button size="small" onClick={() => setOpen(!open)}>
            {open ? t('commit.fold') : t('commit.unfold', { count: parts.length - PARTS_SHOWN })}
          </Button>
        </div>
      )}
    </div>
  );
}
