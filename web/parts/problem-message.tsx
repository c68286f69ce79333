import { Button } from 'antd';
import type { ReactNode } from 'react';
import { isProblem } from '../api/problem.js';
import { useMessages } from '../messages/language.js';
import { CodeBlock } from './code-block.js';

interface ProblemMessageProps {
  readonly error: unknown;
  readonly retry?: () => void;
}

/** What went wrong, where, and what to do. */
export function ProblemMessage({ error, retry }: ProblemMessageProps): ReactNode {
  const { t } = useMessages();
  const problem = isProblem(error) ? error.problem : undefined;
  const title = titleOf(problem?.status, problem?.title);
  function titleOf(status: number | undefined, given: string | undefined): string {
    if (status === 0) return t('problem.unreachable');
    if (status === 403) return t('problem.forbidden');
    if (status === 404) return t('problem.absent');
    return given === undefined || given === '' ? t('problem.unexpected') : given;
  }
  const detail = problem?.status === 0 ? t('problem.unreachable.detail') : (problem?.detail ?? errorText(error));
  return (
    <div className="message bad" role="alert">
      <h3>{title}</h3>
      <p>{detail}</p>
      {problem?.place !== undefined && <p className="mono">{problem.place}</p>}
      {problem?.faults?.map(({ path, message, allowed }) => (
        <p key={`${path} ${message}`}>
          <code>{path}</code> {message}
          {allowed !== undefined && <span className="quiet"> ({allowed})</span>}
        </p>
      ))}
      {problem?.remedy !== undefined && <CodeBlock text={problem.remedy} what={t('problem.remedy')} />}
      {retry !== undefined && (
        <div>
          <Button size="small" onClick={retry}>
            {t('try-again')}
          </Button>
        </div>
      )}
    </div>
  );
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
