import type { ReactNode } from 'react';
import type { CheckAnswer } from '../../server/api/schema/task-orders.js';
import { useMessages } from '../messages/language.js';
import { CodeBlock } from '../parts/code-block.js';

const SIGNS = { ok: '✓', warning: '!', error: '✕' } as const;

/** What was looked at before the task runs: first what keeps it from running, each with what mends it. */
export function Findings({ answer }: { readonly answer: CheckAnswer }): ReactNode {
  const { t } = useMessages();
  const { faults, findings, errors } = answer;
  if (faults.length > 0) {
    return (
      <div className="message bad" role="alert">
        <h3>{t('check.not-a-task', { count: faults.length })}</h3>
        {faults.map(({ path, message, line, allowed }) => (
          <p key={`${path} ${message}`}>
            <code>{path}</code>{' '}
            {line !== undefined && <span className="quiet">{t('check.line', { line: String(line) })}</span>} {message}
            {allowed !== undefined && <span className="quiet"> ({allowed})</span>}
          </p>
        ))}
      </div>
    );
  }
  const worst = (level: CheckAnswer['findings'][number]['level']): number => ['error', 'warning', 'ok'].indexOf(level);
  const sorted = [...findings].sort((a, b) => worst(a.level) - worst(b.level));
  return (
    <div className="stack" role="status" data-testid="findings">
      <h3>{errors > 0 ? t('check.errors', { count: errors }) : t('check.fine', { count: findings.length })}</h3>
      <ul className="findings">
        {sorted.map(({ level, check, what, why, mend }) => (
          <li key={`${check} ${what}`} className={`finding ${level}`}>
            <span className="finding-sign" aria-hidden="true">
              {SIGNS[level]}
            </span>
            <div className="stack close">
              <span>
                <span className="hidden-visually">{t(`check.level.${level}`)}</span>{' '}
                <span className="strong">{check}</span> {what}
              </span>
              {level !== 'ok' && <span className="quiet small">{why}</span>}
              {level !== 'ok' && mend !== undefined && <CodeBlock text={mend} what={t('check.mend')} />}
            </div>
          </li>
        ))}
      </ul>
    </div>
  );
}
