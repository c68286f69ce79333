import { Input } from 'antd';
import type { ReactNode } from 'react';
import { useMessages } from '../../../messages/language.js';
import { Field } from '../../../parts/field.js';
import { pastedPosition, type TypedTarget } from './position-target.js';

interface PositionFieldsProps {
  readonly typed: TypedTarget;
  readonly onChange: (part: Partial<TypedTarget>) => void;
}

/** What the chosen kind of place still needs. */
export function PositionFields({ typed, onChange }: PositionFieldsProps): ReactNode {
  const { t } = useMessages();
  switch (typed.kind) {
    case 'latest':
    case 'earliest':
      return <p className="quiet">{t(`position.${typed.kind}.meaning`)}</p>;
    case 'time':
      return (
        <Field
          label={t('position.time.label')}
          hint={t('position.time.hint', { zone: Intl.DateTimeFormat().resolvedOptions().timeZone })}
        >
          {(control) => (
            <Input
              {...control}
              type="datetime-local"
              step={1}
              value={typed.time}
              onChange={({ target }) => onChange({ time: target.value })}
            />
          )}
        </Field>
      );
    case 'gtid':
      return (
        <Field label={t('position.gtid.label')} hint={t('position.gtid.hint')}>
          {(control) => (
            <Input.TextArea
              {...control}
              className="mono"
              rows={3}
              value={typed.gtid}
              onChange={({ target }) => onChange({ gtid: target.value })}
            />
          )}
        </Field>
      );
    case 'file':
      return (
        <div className="field-grid">
          <Field label={t('position.file.label')} hint={t('position.file.hint')}>
            {(control) => (
              <Input
                {...control}
                className="mono"
                value={typed.file}
                onChange={({ target }) => onChange(pastedPosition(target.value) ?? { file: target.value })}
              />
            )}
          </Field>
          <Field label={t('position.offset.label')}>
            {(control) => (
              <Input
                {...control}
                className="mono"
                inputMode="numeric"
                value={typed.offset}
                onChange={({ target }) => onChange({ offset: target.value })}
              />
            )}
          </Field>
        </div>
      );
  }
}
