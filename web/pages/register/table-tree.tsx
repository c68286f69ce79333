import { Checkbox, Input } from 'antd';
import { useMemo, useState, type ReactNode } from 'react';
import type { SourceTables } from '../../../server/api/schema/cluster.js';
import { useFormat } from '../../format/use-format.js';
import { useMessages } from '../../messages/language.js';
import { isChosen, withDatabase, withTable } from './table-choice.js';

interface TableTreeProps {
  readonly tables: SourceTables;
  readonly patterns: readonly string[];
  readonly onChange: (patterns: readonly string[]) => void;
}

/** The databases and tables of the source with their keys and sizes, to be ticked. */
export function TableTree({ tables, patterns, onChange }: TableTreeProps): ReactNode {
  const { t } = useMessages();
  const [q, setQ] = useState('');
  const word = q.trim().toLowerCase();
  const shown = useMemo(
    () =>
      tables.databases
        .map((one) => ({
          ...one,
          shown: one.tables.filter(({ name }) => `${one.name}.${name}`.toLowerCase().includes(word)),
        }))
        .filter((one) => one.shown.length > 0 || (word === '' && one.tables.length === 0)),
    [tables, word],
  );
  const count = tables.databases.reduce(
    (sum, { name, tables: own }) => sum + own.filter((one) => isChosen(patterns, name, one.name)).length,
    0,
  );
  return (
    <div className="tree" data-testid="tables">
      <div className="tree-head">
        <Input
          allowClear
          type="search"
          aria-label={t('register.find-table')}
          placeholder={t('register.find-table')}
          value={q}
          onChange={({ target }) => setQ(target.value)}
        />
        <span className="quiet small nowrap">{t('register.chosen', { count })}</span>
      </div>
      <div className="tree-body">
        {shown.length === 0 && <p className="quiet panel-body">{t('register.no-table')}</p>}
        {shown.map(({ name, tables: own, shown: visible }) => {
          const chosen = own.filter((table) => isChosen(patterns, name, table.name)).length;
          return (
            <section key={name} aria-label={name}>
              <div className="tree-database">
                <Checkbox
                  checked={own.length > 0 && chosen === own.length}
                  indeterminate={chosen > 0 && chosen < own.length}
                  onChange={({ target }) => onChange(withDatabase(patterns, name, target.checked))}
                >
                  <span className="mono strong break">{name}.*</span>
                </Checkbox>
                <span className="quiet small nowrap">{t('register.of-tables', { chosen, count: own.length })}</span>
              </div>
              {visible.map((table) => (
                <TableLine
                  key={table.name}
                  table={table}
                  chosen={isChosen(patterns, name, table.name)}
                  onChoose={(on) => onChange(withTable(patterns, name, table.name, on))}
                />
              ))}
            </section>
          );
        })}
        {tables.truncated && <p className="quiet small panel-body">{t('register.truncated')}</p>}
      </div>
    </div>
  );
}

interface TableLineProps {
  readonly table: SourceTables['databases'][number]['tables'][number];
  readonly chosen: boolean;
  readonly onChoose: (chosen: boolean) => void;
}

function TableLine({ table: { name, key, rows, bytes }, chosen, onChoose }: TableLineProps): ReactNode {
  const { t } = useMessages();
  const format = useFormat();
  return (
    <div className="tree-table">
      <Checkbox checked={chosen} onChange={({ target }) => onChoose(target.checked)}>
        <span className="mono break">{name}</span>
      </Checkbox>
      {key.length > 0 ? (
        <span className="quiet small mono ellipsis" title={key.join(', ')}>
          {key.join(', ')}
        </span>
      ) : (
        <span className="lacking small" title={t('register.no-key.meaning')}>
          {t('register.no-key')}
        </span>
      )}
      <span className="quiet small number">
        {rows !== undefined && t('register.rows', { count: rows, rounded: format.number(rows) })}
      </span>
      <span className="quiet small number">{bytes !== undefined && format.bytes(bytes)}</span>
    </div>
  );
}
