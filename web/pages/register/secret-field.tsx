import { Input, Segmented } from 'antd';
import { useState, type ReactNode } from 'react';
import { useMessages } from '../../messages/language.js';
import { Field } from '../../parts/field.js';
import type { Path } from './draft-text.js';
import type { Register } from './use-register.js';

interface SecretFieldProps {
  readonly register: Register;
  readonly path: Path;
  readonly label: string;
  /** The variable that a reference begins with. */
  readonly variable: string;
}

/** A password: by reference to where the Cores find it, or typed, for the Server to seal. What is typed is in no YAML and in no storage. */
export function SecretField({ register, path, label, variable }: SecretFieldProps): ReactNode {
  const { t } = useMessages();
  const typed = register.typedAt(path);
  const [way, setWay] = useState<'reference' | 'typed'>(typed === undefined ? 'reference' : 'typed');
  const choose = (next: 'reference' | 'typed'): void => {
    setWay(next);
    register.type(path, undefined);
    register.set(path, next === 'typed' ? undefined : `env:${variable}`);
  };
  return (
    <div className="stack close">
      <Field label={label} hint={t(`register.secret.${way}.hint`)} fault={register.faultAt(path.join('.'))}>
        {(control) =>
          way === 'typed' ? (
            <Input.Password
              {...control}
              autoComplete="new-password"
              value={typed ?? ''}
              onChange={({ target }) => register.type(path, target.value)}
            />
          ) : (
            <Input
              {...control}
              className="mono"
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              placeholder={`env:${variable}`}
              value={register.textAt(path)}
              onChange={({ target }) => register.set(path, target.value)}
            />
          )
        }
      </Field>
      <div>
        <Segmented
          size="small"
          aria-label={t('register.secret.way', { label })}
          value={way}
          onChange={choose}
          options={[
            { value: 'reference', label: t('register.secret.reference') },
            { value: 'typed', label: t('register.secret.typed') },
          ]}
        />
      </div>
    </div>
  );
}
