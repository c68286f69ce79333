import { Button } from 'antd';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { isProblem } from '../../api/problem.js';
import { useMessages } from '../../messages/language.js';
import { Empty } from '../../parts/empty.js';
import { Page } from '../../parts/page.js';
import { ProblemMessage } from '../../parts/problem-message.js';

/** A task that was deleted, perhaps while one looked at it, or that never was. */
export function TaskGone({ name, error }: { readonly name: string; readonly error: unknown }): ReactNode {
  const { t } = useMessages();
  return (
    <Page title={name}>
      <div className="panel">
        <Empty
          title={t('task.gone')}
          actions={
            <Link to="/tasks">
              <Button tabIndex={-1}>{t('task.gone.to-list')}</Button>
            </Link>
          }
        >
          {t('task.gone.body')}
        </Empty>
        {error !== null && !(isProblem(error) && [400, 404].includes(error.status)) && <ProblemMessage error={error} />}
      </div>
    </Page>
  );
}
