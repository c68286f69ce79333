import { Input, Select } from 'antd';
import type { ReactNode } from 'react';
import { useMessages } from '../../messages/language.js';
import { Field } from '../../parts/field.js';
import { listAt } from './draft-text.js';
import { TextField } from './text-field.js';
import type { Register } from './use-register.js';

const KAFKA = ['sink', 'kafka'] as const;
const BROKERS = [...KAFKA, 'brokers'] as const;
const DELIVERY = [...KAFKA, 'delivery'] as const;
const COMPRESSION = [...KAFKA, 'compression'] as const;

/** Topics of Kafka as the sink. */
export function KafkaFields({ register }: { readonly register: Register }): ReactNode {
  const { t } = useMessages();
  const brokers = listAt(register.draft, BROKERS);
  const delivery = register.textAt(DELIVERY) === 'at-least-once' ? 'at-least-once' : 'exactly-once';
  return (
    <>
      <Field
        label={t('pipeline.brokers')}
        hint={t('register.brokers.hint')}
        fault={register.faultAt('sink.kafka.brokers') ?? register.faultAt('sink.kafka.brokers.0')}
      >
        {(control) => (
          <Input
            {...control}
            className="mono"
            spellCheck={false}
            placeholder="kafka-1:9092, kafka-2:9092"
            value={brokers.join(', ')}
            onChange={({ target }) => register.set(BROKERS, splitList(target.value))}
            onBlur={() => register.set(BROKERS, brokers.filter(Boolean))}
          />
        )}
      </Field>
      <TextField
        register={register}
        path={[...KAFKA, 'topic']}
        label={t('register.topic')}
        hint={t('register.topic.hint', { places: '{task}, {database}, {table}' })}
        mono
      />
      <div className="field-grid">
        <Field label={t('pipeline.delivery')} hint={t(`register.delivery.${delivery}`)}>
          {(control) => (
            <Select
              {...control}
              value={delivery}
              onChange={(value) => register.set(DELIVERY, value)}
              options={(['exactly-once', 'at-least-once'] as const).map((value) => ({
                value,
                label: t(`delivery.${value}`),
              }))}
            />
          )}
        </Field>
        <TextField
          register={register}
          path={[...KAFKA, 'partitions']}
          label={t('register.partitions')}
          hint={t('register.partitions.hint')}
          numeric
          placeholder="1"
        />
        <Field label={t('register.compression')}>
          {(control) => (
            <Select
              {...control}
              value={register.textAt(COMPRESSION) === 'gzip' ? 'gzip' : 'none'}
              onChange={(value) => register.set(COMPRESSION, value === 'none' ? undefined : value)}
              options={[
                { value: 'none', label: t('register.compression.none') },
                { value: 'gzip', label: 'gzip' },
              ]}
            />
          )}
        </Field>
      </div>
    </>
  );
}

/** While one types, the part after the last comma may be empty. */
function splitList(typed: string): string[] {
  return typed.split(',').map((part) => part.trim());
}
