import { useMutation } from '@tanstack/react-query';
import { Button, Segmented } from 'antd';
import { useState, type ReactNode } from 'react';
import { Link, useNavigate } from 'react-router';
import { request } from '../../api/request.js';
import { useMay } from '../../api/session.js';
import { useMessages } from '../../messages/language.js';
import { Page } from '../../parts/page.js';
import { tell } from '../../parts/notices.js';
import { ProblemMessage } from '../../parts/problem-message.js';
import { YamlEditor } from '../../parts/yaml-editor.js';
import { Findings } from '../../tasks/findings.js';
import { Forbidden } from '../forbidden.js';
import { SinkSection } from './sink-section.js';
import { SourceSection } from './source-section.js';
import { StandbySection } from './standby-section.js';
import { Section } from './section.js';
import { TablesSection } from './tables-section.js';
import { useRegister } from './use-register.js';
import '../../styles/register.css';

/** A new task: by form and by YAML, which always say the same. */
export function RegisterPage(): ReactNode {
  const { t } = useMessages();
  const navigate = useNavigate();
  const operator = useMay('operator');
  const register = useRegister();
  const [view, setView] = useState<'form' | 'yaml'>('form');
  const { text, setText, unreadable, faults, check, clear } = register;
  const send = useMutation({
    mutationFn: () => request<{ task: string }>('/tasks', { method: 'POST', body: register.whole() }),
    onSuccess: ({ task }) => {
      clear();
      tell(t('register.done', { task }));
      void navigate(`/tasks/${encodeURIComponent(task)}`);
    },
    onError: register.touchAll,
  });
  if (!operator) return <Forbidden role="operator" />;
  const errors = check.data === undefined ? undefined : check.data.errors + check.data.faults.length;
  const marked = new Set([
    ...(unreadable === undefined ? [] : [unreadable.line]),
    ...faults.flatMap(({ line }) => (line === undefined ? [] : [line])),
  ]);
  return (
    <Page
      title={t('tasks.register')}
      heading={
        <>
          <div className="small">
            <Link to="/tasks">{t('nav.tasks')}</Link>
          </div>
          <h1>{t('tasks.register')}</h1>
        </>
      }
      actions={
        <div className="register-views">
          <Segmented
            aria-label={t('register.view')}
            value={view}
            onChange={setView}
            options={[
              { value: 'form', label: t('register.form') },
              { value: 'yaml', label: 'YAML' },
            ]}
          />
        </div>
      }
    >
      <div className={`register show-${view}`}>
        <form
          className="stack wide register-form"
          onSubmit={(event) => event.preventDefault()}
          aria-label={t('register.form')}
        >
          {unreadable !== undefined && (
            <div className="message warn" role="status">
              {t('register.unreadable')}
            </div>
          )}
          <fieldset className="stack wide" disabled={unreadable !== undefined}>
            <SourceSection register={register} />
            <TablesSection register={register} />
            <SinkSection register={register} />
            <StandbySection register={register} />
          </fieldset>
        </form>
        <div className="register-yaml">
          <div className="stack">
            <YamlEditor label="YAML" value={text} onChange={setText} rows={24} marked={marked} />
            {unreadable !== undefined && (
              <p className="message bad" role="alert">
                {t('check.line', { line: String(unreadable.line) })}: {unreadable.message}
              </p>
            )}
            <p className="quiet small">{t('register.yaml-hint')}</p>
          </div>
        </div>
        <Section number={5} title={t('register.check')} className="register-check">
          <div className="stack">
            <p className="quiet">{t('register.check.meaning')}</p>
            <div className="row">
              <Button
                type={errors === undefined ? 'primary' : 'default'}
                loading={check.isPending}
                disabled={unreadable !== undefined}
                onClick={() => {
                  register.touchAll();
                  check.mutate(register.whole());
                }}
              >
                {t('configuration.check')}
              </Button>
              <Button
                type={errors === 0 ? 'primary' : 'default'}
                danger={errors !== undefined && errors > 0}
                loading={send.isPending}
                disabled={check.data === undefined || check.data.faults.length > 0}
                onClick={() => send.mutate()}
              >
                {errors !== undefined && errors > 0 ? t('register.anyway') : t('register.submit')}
              </Button>
              {check.data === undefined && <span className="quiet small">{t('register.check-first')}</span>}
            </div>
            {check.error !== null && <ProblemMessage error={check.error} />}
            {check.data !== undefined && <Findings answer={check.data} />}
            {send.error !== null && <ProblemMessage error={send.error} />}
          </div>
        </Section>
      </div>
    </Page>
  );
}
