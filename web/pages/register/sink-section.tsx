import { Radio } from 'antd';
import type { ReactNode } from 'react';
import { useMessages } from '../../messages/language.js';
import { KafkaFields } from './kafka-fields.js';
import { Section } from './section.js';
import { TargetFields } from './target-fields.js';
import type { Register } from './use-register.js';

const SINK = ['sink'] as const;

/** What each kind of sink begins with. */
const FIRST = {
  kafka: { brokers: [], topic: '{task}.{database}.{table}', delivery: 'exactly-once' },
  mysql: { host: '', port: 3306, user: '', password: 'env:TARGET_PASSWORD' },
} as const;

/** Where the changes go: into Kafka's topics, or into another MySQL. */
export function SinkSection({ register }: { readonly register: Register }): ReactNode {
  const { t } = useMessages();
  const sink = register.value(SINK);
  const kind = typeof sink === 'object' && sink !== null && 'mysql' in sink ? 'mysql' : 'kafka';
  return (
    <Section number={3} title={t('register.sink')}>
      <Radio.Group
        className="choices"
        aria-label={t('register.sink')}
        value={kind}
        onChange={({ target }) => {
          const next = target.value as keyof typeof FIRST;
          register.set(SINK, { [next]: FIRST[next] });
        }}
      >
        {(['kafka', 'mysql'] as const).map((one) => (
          <Radio key={one} value={one}>
            <span className="strong">{t(`register.sink.${one}`)}</span>
            <span className="register-explained quiet">{t(`register.sink.${one}.meaning`)}</span>
          </Radio>
        ))}
      </Radio.Group>
      {kind === 'kafka' ? <KafkaFields register={register} /> : <TargetFields register={register} />}
      <p className="quiet small">{t(`register.more-in-yaml.${kind}`)}</p>
    </Section>
  );
}
