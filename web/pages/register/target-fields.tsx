import { Input, Select } from 'antd';
import { useState, type ReactNode } from 'react';
import { useMessages } from '../../messages/language.js';
import { Field } from '../../parts/field.js';
import { SecretField } from './secret-field.js';
import { TextField } from './text-field.js';
import type { Register } from './use-register.js';

const TARGET = ['sink', 'mysql'] as const;
const TABLES = [...TARGET, 'tables'] as const;

/** Another MySQL as the sink: how to reach it, and by which rules it is written. */
export function TargetFields({ register }: { readonly register: Register }): ReactNode {
  const { t } = useMessages();
  return (
    <>
      <div className="field-grid">
        <TextField register={register} path={[...TARGET, 'host']} label={t('register.target.host')} mono />
        <TextField register={register} path={[...TARGET, 'port']} label={t('register.target.port')} numeric mono />
        <TextField register={register} path={[...TARGET, 'user']} label={t('register.target.user')} mono />
        <SecretField
          register={register}
          path={[...TARGET, 'password']}
          label={t('register.target.password')}
          variable="TARGET_PASSWORD"
        />
      </div>
      <Places register={register} />
      <div className="field-grid">
        <Rule register={register} name="order" words={['commit', 'key']} />
        <Rule register={register} name="conflict" words={['stop', 'overwrite', 'ignore']} />
        <Rule register={register} name="ddl" words={['stop', 'apply', 'ignore']} />
      </div>
    </>
  );
}

interface RuleProps {
  readonly register: Register;
  readonly name: 'order' | 'conflict' | 'ddl';
  /** The first is what is in force when nothing is written. */
  readonly words: readonly [string, ...string[]];
}

function Rule({ register, name, words }: RuleProps): ReactNode {
  const { t } = useMessages();
  const path = [...TARGET, name];
  const written = register.textAt(path);
  const value = words.includes(written) ? written : words[0];
  return (
    <Field
      label={t(`target.${name}`)}
      hint={t(`target.${name}.${value}` as 'target.order.commit')}
      fault={register.faultAt(path.join('.'))}
    >
      {(control) => (
        <Select
          {...control}
          value={value}
          onChange={(next: string) => register.set(path, next === words[0] ? undefined : next)}
          options={words.map((word) => ({ value: word, label: word }))}
        />
      )}
    </Field>
  );
}

/** Other names in the target, one a line; a line that is not complete yet stays as it was typed. */
function Places({ register }: { readonly register: Register }): ReactNode {
  const { t } = useMessages();
  const [typed, setTyped] = useState<string>();
  const held = register.value(TABLES);
  const lines = typeof held === 'object' && held !== null ? Object.entries(held) : [];
  const change = (text: string): void => {
    setTyped(text);
    const places = text.split('\n').flatMap((line) => {
      const [from, to] = line.split(/→|=>|->|=/).map((part) => part.trim());
      return from && to ? [[from, to] as const] : [];
    });
    register.set(TABLES, places.length === 0 ? undefined : Object.fromEntries(places));
  };
  return (
    <Field label={t('target.tables')} hint={t('target.tables.hint')} fault={register.faultAt(TABLES.join('.'))}>
      {(control) => (
        <Input.TextArea
          {...control}
          className="mono"
          autoSize={{ minRows: 2, maxRows: 8 }}
          spellCheck={false}
          placeholder={'shop.orders → archive.orders_2026\nshop.* → copy.*'}
          value={typed ?? lines.map(([from, to]) => `${from} → ${String(to)}`).join('\n')}
          onChange={({ target }) => change(target.value)}
          onBlur={() => setTyped(undefined)}
        />
      )}
    </Field>
  );
}
