import type { ReactNode } from 'react';
import type { PositionPreviewAnswer } from '../../../../server/api/schema/task-orders.js';
import { useFormat } from '../../../format/use-format.js';
import { useMessages } from '../../../messages/language.js';

/** What would be skipped or sent again. */
export function PositionPreview({ preview }: { readonly preview: PositionPreviewAnswer }): ReactNode {
  const { t } = useMessages();
  const format = useFormat();
  const { direction, transactions, bytes, from, to, target, current, warnings, text } = preview;
  const tone = direction === 'same' ? 'good' : direction === 'repeats' ? 'warn' : 'bad';
  return (
    <div className={`message ${tone}`} role="status" data-testid="position-preview">
      <h3>{headline()}</h3>
      <p className="small">{text}</p>
      <dl className="facts small">
        {current !== undefined && <Fact name={t('position.from')} value={`${current.file}:${current.offset}`} />}
        {target !== undefined && <Fact name={t('position.to')} value={`${target.file}:${target.offset}`} />}
        {bytes !== undefined && <Fact name={t('position.bytes')} value={format.bytes(bytes)} />}
        {from !== undefined && to !== undefined && (
          <Fact name={t('position.span')} value={`${format.moment(from)} – ${format.moment(to)}`} />
        )}
      </dl>
      {warnings.map((warning) => (
        <p key={warning} className="strong">
          {warning}
        </p>
      ))}
    </div>
  );

  function headline(): string {
    if (direction === 'same' || direction === 'unknown') return t(`position.is.${direction}`);
    return transactions === undefined
      ? t(`position.is.${direction}`)
      : t(`position.count.${direction}`, { count: transactions });
  }
}

function Fact({ name, value }: { readonly name: string; readonly value: string }): ReactNode {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}
