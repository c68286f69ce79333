import type { ReactNode } from 'react';
import { useMessages } from '../../messages/language.js';
import { SecretField } from './secret-field.js';
import { Section } from './section.js';
import { TextField } from './text-field.js';
import type { Register } from './use-register.js';

/** What it is called, and where the changes come from. */
export function SourceSection({ register }: { readonly register: Register }): ReactNode {
  const { t } = useMessages();
  return (
    <Section number={1} title={t('register.source')}>
      <TextField register={register} path={['name']} label={t('register.name')} hint={t('register.name.hint')} mono />
      <div className="field-grid">
        <TextField register={register} path={['source', 'mysql', 'host']} label={t('register.host')} mono />
        <TextField register={register} path={['source', 'mysql', 'port']} label={t('register.port')} numeric mono />
        <TextField register={register} path={['source', 'mysql', 'user']} label={t('register.user')} mono />
        <SecretField
          register={register}
          path={['source', 'mysql', 'password']}
          label={t('register.password')}
          variable="SOURCE_PASSWORD"
        />
      </div>
    </Section>
  );
}
