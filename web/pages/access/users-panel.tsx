import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Modal, Select } from 'antd';
import { useState, type ReactNode } from 'react';
import type { UserItem, WhoAnswer } from '../../../server/api/schema/access.js';
import { request } from '../../api/request.js';
import { useWho } from '../../api/session.js';
import { useMessages } from '../../messages/language.js';
import { Ago } from '../../parts/age.js';
import { ListTable } from '../../parts/list-table.js';
import { Loaded } from '../../parts/loaded.js';
import { tell } from '../../parts/notices.js';
import { Panel } from '../../parts/panel.js';
import { tellFailure } from '../../tasks/orders.js';
import { NewPassword, NewUser } from './user-dialogs.js';

type Role = WhoAnswer['role'];
const ROLES = ['viewer', 'operator', 'admin'] as const satisfies readonly Role[];

function userPath(name: string): string {
  return `/users/${encodeURIComponent(name)}`;
}

/** The people, and what each may do. */
export function UsersPanel(): ReactNode {
  const { t } = useMessages();
  const [adding, setAdding] = useState(false);
  const users = useQuery({
    queryKey: ['users'],
    queryFn: ({ signal }) => request<{ users: readonly UserItem[] }>('/users', { signal }),
  });
  return (
    <Panel
      title={t('users.title')}
      extra={
        <Button size="small" onClick={() => setAdding(true)}>
          {t('users.add')}
        </Button>
      }
      flush
    >
      {users.data === undefined ? (
        <div className="panel-body">
          <Loaded query={users}>{() => null}</Loaded>
        </div>
      ) : (
        <UserTable users={users.data.users} />
      )}
      {adding && <NewUser onClose={() => setAdding(false)} />}
    </Panel>
  );
}

function UserTable({ users }: { readonly users: readonly UserItem[] }): ReactNode {
  const { t, rich } = useMessages();
  const [removing, setRemoving] = useState<string>();
  const [password, setPassword] = useState<string>();
  const me = useWho()?.name;
  return (
    <>
      <ListTable
        label={t('users.title')}
        items={users}
        keyOf={({ name }) => name}
        columns={[
          { name: 'name', heading: t('users.name'), look: 'lead', cell: ({ name }) => name },
          { name: 'role', heading: t('users.role'), cell: (user) => <RoleChoice user={user} /> },
          {
            name: 'sign-in',
            heading: t('users.sign-in'),
            cell: ({ hasPassword, oidc }) =>
              [hasPassword ? t('users.by-password') : undefined, oidc?.issuer].filter(Boolean).join(', '),
          },
          {
            name: 'created',
            heading: t('users.created'),
            cell: ({ createdAt, createdBy }) =>
              rich('users.created-by', { ago: <Ago at={createdAt} />, who: createdBy }),
          },
          {
            name: 'actions',
            heading: '',
            look: 'actions',
            cell: ({ name, hasPassword }) => (
              <span className="row tight actions-row">
                {hasPassword && (
                  <Button size="small" onClick={() => setPassword(name)}>
                    {t('users.set-password')}
                  </Button>
                )}
                <Button size="small" danger disabled={name === me} onClick={() => setRemoving(name)}>
                  {t('users.remove')}
                </Button>
              </span>
            ),
          },
        ]}
      />
      {removing !== undefined && <RemoveUser name={removing} onClose={() => setRemoving(undefined)} />}
      {password !== undefined && <NewPassword name={password} onClose={() => setPassword(undefined)} />}
    </>
  );
}

function RoleChoice({ user: { name, role } }: { readonly user: UserItem }): ReactNode {
  const { t } = useMessages();
  const queries = useQueryClient();
  const me = useWho()?.name;
  const change = useMutation({
    mutationFn: (next: Role) => request(userPath(name), { method: 'PATCH', body: { role: next } }),
    onSuccess: (_, next) =>
      tell(t('users.role.changed', { user: name, role: t(`role.${next}`) }), {
        label: t('undo'),
        act: () => change.mutate(role),
      }),
    onError: tellFailure,
    onSettled: () => void queries.invalidateQueries({ queryKey: ['users'] }),
  });
  return (
    <Select
      size="small"
      className="role-choice"
      aria-label={`${t('users.role')}: ${name}`}
      disabled={name === me}
      loading={change.isPending}
      value={role}
      onChange={(next: Role) => change.mutate(next)}
      options={ROLES.map((value) => ({ value, label: t(`role.${value}`), title: t(`users.role.${value}`) }))}
    />
  );
}

function RemoveUser({ name, onClose }: { readonly name: string; readonly onClose: () => void }): ReactNode {
  const { t } = useMessages();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => request(userPath(name), { method: 'DELETE' }),
    onSuccess: () => {
      tell(t('users.remove.done', { user: name }));
      onClose();
    },
    onError: tellFailure,
    onSettled: () => void queries.invalidateQueries({ queryKey: ['users'] }),
  });
  return (
    <Modal
      open
      title={t('users.remove.title', { user: name })}
      okText={t('users.remove')}
      cancelText={t('cancel')}
      okButtonProps={{ danger: true }}
      confirmLoading={remove.isPending}
      onOk={() => remove.mutate()}
      onCancel={onClose}
    >
      <p>{t('users.remove.body', { user: name })}</p>
    </Modal>
  );
}
