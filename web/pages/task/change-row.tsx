import { memo, useState, type ReactNode } from 'react';
import { useFormat } from '../../format/use-format.js';
import { useMessages } from '../../messages/language.js';
import type { ShownChange } from '../../tasks/change-stream.js';

const OPS = ['c', 'u', 'd', 't', 'r'] as const;

/** One change in a line; opened, its columns before and after. */
export const ChangeRow = memo(function ChangeRow({ change }: { readonly change: ShownChange }): ReactNode {
  const { t } = useMessages();
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const { at, op, database, table, key, topic, partition, offset, tombstone } = change;
  const known = OPS.find((one) => one === op);
  const what = tombstone === true ? t('op.tombstone') : known === undefined ? (op ?? '?') : t(`op.${known}`);
  return (
    <div className="change-row">
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span className="quiet small">{format.timeOfDay(at)}</span>
        <span className={`op ${known ?? ''}`}>{what}</span>
        <span className="mono ellipsis">{table === undefined ? topic : `${database ?? ''}.${table}`}</span>
        <span className="mono ellipsis quiet change-key">{valueText(key)}</span>
      </button>
      {open && (
        <div className="change-detail">
          <p className="quiet small">{t('changes.place', { topic, partition: String(partition), offset })}</p>
          <Columns change={change} />
        </div>
      )}
    </div>
  );
});

function Columns({ change: { before, after, masked, truncated } }: { readonly change: ShownChange }): ReactNode {
  const { t } = useMessages();
  const old = asRow(before);
  const next = asRow(after);
  const names = [...new Set([...Object.keys(old), ...Object.keys(next)])];
  if (names.length === 0) return <p className="mono break">{valueText(after ?? before)}</p>;
  return (
    <>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('changes.column')}</th>
            {before !== null && before !== undefined && <th scope="col">{t('changes.before')}</th>}
            {after !== null && after !== undefined && <th scope="col">{t('changes.after')}</th>}
          </tr>
        </thead>
        <tbody className="mono">
          {names.map((name) => {
            const hidden = masked.includes(name);
            const differs =
              before !== null &&
              after !== null &&
              before !== undefined &&
              after !== undefined &&
              JSON.stringify(old[name]) !== JSON.stringify(next[name]);
            return (
              <tr key={name} className={differs ? 'changed' : undefined}>
                <th scope="row">{name}</th>
                {before !== null && before !== undefined && (
                  <td>{hidden ? t('changes.masked') : valueText(old[name])}</td>
                )}
                {after !== null && after !== undefined && (
                  <td>{hidden ? t('changes.masked') : valueText(next[name])}</td>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
      {truncated === true && <p className="quiet small">{t('changes.truncated')}</p>}
    </>
  );
}

function asRow(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function valueText(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
