import { AutoComplete, InputNumber, Radio } from 'antd';
import type { ReactNode } from 'react';
import { useLive } from '../../live/use-live.js';
import { useMessages } from '../../messages/language.js';
import { Field } from '../../parts/field.js';
import { CodeBlock } from '../../parts/code-block.js';
import { Section } from './section.js';
import type { Register } from './use-register.js';

/** Who runs it, and who stands by. */
export function StandbySection({ register }: { readonly register: Register }): ReactNode {
  const { t } = useMessages();
  const groups = useLive((state) => state.groups);
  const cores = useLive((state) => state.cores);
  const group = register.textAt(['group']);
  const written = Number(register.textAt(['instances']) || 2);
  const instances = Number.isInteger(written) && written >= 1 ? written : 2;
  const able = [...cores.values()].filter((core) => core.groups.includes(group) && core.state === 'LIVING');
  const names = [...new Set([...groups.keys(), ...[...cores.values()].flatMap((core) => core.groups)])].sort();
  return (
    <Section number={4} title={t('register.standby')}>
      <Radio.Group
        className="choices"
        aria-label={t('register.standby')}
        value={instances === 1 ? 'cold' : 'hot'}
        onChange={({ target }) => register.set(['instances'], target.value === 'cold' ? 1 : 2)}
      >
        <Radio value="hot">
          <span className="strong">{t('register.hot')}</span>
          <span className="register-explained quiet">{t('register.hot.meaning')}</span>
        </Radio>
        <Radio value="cold">
          <span className="strong">{t('register.cold')}</span>
          <span className="register-explained quiet">{t('register.cold.meaning')}</span>
        </Radio>
      </Radio.Group>
      <div className="field-grid">
        <Field label={t('tasks.group')} hint={t('register.group.hint')} fault={register.faultAt('group')}>
          {(control) => (
            <AutoComplete
              {...control}
              value={group}
              options={names.map((value) => ({ value }))}
              onChange={(value: string) => register.set(['group'], value)}
            />
          )}
        </Field>
        {instances > 1 && (
          <Field
            label={t('instances.label')}
            hint={t('instances.hot', { count: instances - 1 })}
            fault={register.faultAt('instances')}
          >
            {(control) => (
              <InputNumber
                {...control}
                min={2}
                max={16}
                precision={0}
                value={instances}
                onChange={(value) => register.set(['instances'], value ?? 2)}
              />
            )}
          </Field>
        )}
      </div>
      {group === '' && (
        <p className="message">{t('register.no-group', { task: register.textAt(['name']) || 'TASK' })}</p>
      )}
      {group !== '' && able.length === 0 && (
        <div className="message warn">
          <p>{t('register.no-core', { group })}</p>
          <CodeBlock text={`mysql-replicator core --group ${group}`} what={t('overview.command')} />
        </div>
      )}
      {group !== '' && able.length > 0 && able.length < instances && (
        <p className="message warn">{t('register.few-cores', { count: able.length, group })}</p>
      )}
    </Section>
  );
}
