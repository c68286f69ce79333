import { Input } from 'antd';
import type { ReactNode } from 'react';
import { Field } from '../../parts/field.js';
import type { Path } from './draft-text.js';
import type { Register } from './use-register.js';

interface TextFieldProps {
  readonly register: Register;
  readonly path: Path;
  readonly label: string;
  readonly hint?: string;
  readonly mono?: boolean;
  readonly numeric?: boolean;
  readonly placeholder?: string;
}

/** One text or number of the draft. */
export function TextField({
  register,
  path,
  label,
  hint,
  mono = false,
  numeric = false,
  placeholder,
}: TextFieldProps): ReactNode {
  const toValue = (typed: string): unknown => (numeric && /^\d+$/.test(typed) ? Number(typed) : typed);
  return (
    <Field label={label} hint={hint} fault={register.faultAt(path.join('.'))}>
      {(control) => (
        <Input
          {...control}
          className={mono ? 'mono' : ''}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          inputMode={numeric ? 'numeric' : 'text'}
          {...(placeholder === undefined ? {} : { placeholder })}
          value={register.textAt(path)}
          onChange={({ target }) => register.set(path, toValue(target.value))}
        />
      )}
    </Field>
  );
}
