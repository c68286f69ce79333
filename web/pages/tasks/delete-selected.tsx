import { Input, Modal } from 'antd';
import { useState, type ReactNode } from 'react';
import { useMessages } from '../../messages/language.js';
import { Field } from '../../parts/field.js';

interface DeleteSelectedProps {
  readonly names: readonly string[];
  readonly busy: boolean;
  readonly onDelete: () => void;
  readonly onClose: () => void;
}

/** Deleting many asks for their number: it cannot be done by a click too many. */
export function DeleteSelected({ names, busy, onDelete, onClose }: DeleteSelectedProps): ReactNode {
  const { t } = useMessages();
  const [typed, setTyped] = useState('');
  return (
    <Modal
      open
      title={t('bulk.delete.title', { count: names.length })}
      okText={t('order.delete')}
      cancelText={t('cancel')}
      okButtonProps={{ danger: true, disabled: typed.trim() !== String(names.length) }}
      confirmLoading={busy}
      onOk={onDelete}
      onCancel={onClose}
    >
      <div className="stack">
        <p>{t('bulk.delete.body')}</p>
        <ul className="name-list mono">
          {names.map((name) => (
            <li key={name}>{name}</li>
          ))}
        </ul>
        <Field label={t('bulk.delete.type', { number: String(names.length) })}>
          {(control) => (
            <Input
              {...control}
              autoFocus
              inputMode="numeric"
              value={typed}
              onChange={({ target }) => setTyped(target.value)}
            />
          )}
        </Field>
      </div>
    </Modal>
  );
}
