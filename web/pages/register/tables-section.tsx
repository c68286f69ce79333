import { useMutation } from '@tanstack/react-query';
import { Button, Input, Select } from 'antd';
import type { ReactNode } from 'react';
import type { SourceTables } from '../../../server/api/schema/cluster.js';
import { request } from '../../api/request.js';
import { useMessages } from '../../messages/language.js';
import { Field } from '../../parts/field.js';
import { ProblemMessage } from '../../parts/problem-message.js';
import { listAt, readDraft, valueAt } from './draft-text.js';
import { Section } from './section.js';
import { TableTree } from './table-tree.js';
import { TextField } from './text-field.js';
import type { Register } from './use-register.js';

const TABLES = ['source', 'tables'] as const;
const FROM = ['source', 'from'] as const;

/** Which tables, ticked in the real schema or written as patterns, and from where on. */
export function TablesSection({ register }: { readonly register: Register }): ReactNode {
  const { t } = useMessages();
  const patterns = listAt(register.draft, TABLES);
  const list = useMutation({
    mutationFn: () =>
      request<SourceTables>('/sources/tables', {
        method: 'POST',
        body: { source: valueAt(readDraft(register.whole()).draft, ['source', 'mysql']) },
      }),
  });
  const ready =
    register.textAt(['source', 'mysql', 'host']) !== '' && register.textAt(['source', 'mysql', 'user']) !== '';
  const change = (next: readonly string[]): void => register.set(TABLES, next);
  return (
    <Section number={2} title={t('register.tables')}>
      <div className="row">
        <Button loading={list.isPending} disabled={!ready} onClick={() => list.mutate()}>
          {list.data === undefined ? t('register.list-tables') : t('register.list-again')}
        </Button>
        {!ready && <span className="quiet small">{t('register.list-needs')}</span>}
        {list.data !== undefined && <span className="quiet small">MySQL {list.data.server}</span>}
      </div>
      {list.error !== null && <ProblemMessage error={list.error} />}
      {list.data !== undefined && <TableTree tables={list.data} patterns={patterns} onChange={change} />}
      <Field
        label={t('register.patterns')}
        hint={t('register.patterns.hint')}
        fault={register.faultAt('source.tables')}
      >
        {(control) => (
          <Input.TextArea
            {...control}
            className="mono"
            autoSize={{ minRows: 2, maxRows: 8 }}
            spellCheck={false}
            placeholder={'shop.*\n!shop.tmp_*'}
            value={patterns.join('\n')}
            onChange={({ target }) => change(target.value.split('\n').map((line) => line.trimStart()))}
            onBlur={() => change(patterns.map((line) => line.trim()).filter(Boolean))}
          />
        )}
      </Field>
      <Begin register={register} />
    </Section>
  );
}

const KINDS = ['latest', 'earliest', 'file', 'gtid'] as const;

/** Where a task begins that has no lastCommit yet. */
function Begin({ register }: { readonly register: Register }): ReactNode {
  const { t } = useMessages();
  const from = register.value(FROM);
  const kind =
    from === 'earliest'
      ? 'earliest'
      : typeof from === 'object' && from !== null
        ? 'gtid' in from
          ? 'gtid'
          : 'file'
        : 'latest';
  const choose = (next: (typeof KINDS)[number]): void => {
    if (next === 'file') register.set(FROM, { file: 'binlog.000001', position: 4 });
    else if (next === 'gtid') register.set(FROM, { gtid: '' });
    else register.set(FROM, next);
  };
  return (
    <div className="field-grid">
      <Field label={t('register.from')} hint={t(`register.from.${kind}`)}>
        {(control) => (
          <Select
            {...control}
            value={kind}
            onChange={choose}
            options={KINDS.map((value) => ({ value, label: t(`position.${value}`) }))}
          />
        )}
      </Field>
      {kind === 'gtid' && (
        <TextField register={register} path={[...FROM, 'gtid']} label={t('position.gtid.label')} mono />
      )}
      {kind === 'file' && (
        <>
          <TextField register={register} path={[...FROM, 'file']} label={t('position.file.label')} mono />
          <TextField register={register} path={[...FROM, 'position']} label={t('position.offset.label')} numeric mono />
        </>
      )}
    </div>
  );
}
