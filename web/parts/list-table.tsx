import type { ReactNode } from 'react';

export interface Column<Item> {
  readonly name: string;
  readonly heading: string;
  /** `lead`: the item's name, which heads its card on a phone. */
  readonly look?: 'lead' | 'number' | 'actions';
  readonly cell: (item: Item) => ReactNode;
}

interface ListTableProps<Item> {
  readonly label: string;
  readonly columns: readonly Column<Item>[];
  readonly items: readonly Item[];
  readonly keyOf: (item: Item) => string;
}

/** A short list; on a phone each row is a card with the headings beside the values. */
export function ListTable<Item>({ label, columns, items, keyOf }: ListTableProps<Item>): ReactNode {
  return (
    <table className="list-table" aria-label={label}>
      <thead>
        <tr>
          {columns.map(({ name, heading, look }) => (
            <th key={name} scope="col" className={look}>
              {heading}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={keyOf(item)}>
            {columns.map(({ name, heading, look, cell }) => (
              <td key={name} className={look} data-label={heading}>
                <div>{cell(item)}</div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
