import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Modal } from 'antd';
import { useState, type ReactNode } from 'react';
import type { TokenItem } from '../../../server/api/schema/access.js';
import { request } from '../../api/request.js';
import { useNow } from '../../live/use-live.js';
import { useMessages } from '../../messages/language.js';
import { Ago, Moment } from '../../parts/age.js';
import { Empty } from '../../parts/empty.js';
import { ListTable } from '../../parts/list-table.js';
import { Loaded } from '../../parts/loaded.js';
import { tell } from '../../parts/notices.js';
import { Panel } from '../../parts/panel.js';
import { tellFailure } from '../../tasks/orders.js';
import { NewToken } from './new-token.js';

/** Tokens for scripts. */
export function TokensPanel(): ReactNode {
  const { t } = useMessages();
  const [adding, setAdding] = useState(false);
  const tokens = useQuery({
    queryKey: ['tokens'],
    queryFn: ({ signal }) => request<{ tokens: readonly TokenItem[] }>('/tokens', { signal }),
  });
  return (
    <Panel
      title={t('tokens.title')}
      extra={
        <Button size="small" onClick={() => setAdding(true)}>
          {t('tokens.add')}
        </Button>
      }
      flush
    >
      {tokens.data === undefined && (
        <div className="panel-body">
          <Loaded query={tokens}>{() => null}</Loaded>
        </div>
      )}
      {tokens.data?.tokens.length === 0 && <Empty title={t('tokens.none')}>{t('tokens.none.body')}</Empty>}
      {tokens.data !== undefined && tokens.data.tokens.length > 0 && <TokenTable tokens={tokens.data.tokens} />}
      {adding && <NewToken onClose={() => setAdding(false)} />}
    </Panel>
  );
}

function TokenTable({ tokens }: { readonly tokens: readonly TokenItem[] }): ReactNode {
  const { t } = useMessages();
  const queries = useQueryClient();
  const now = useNow();
  const [revoking, setRevoking] = useState<TokenItem>();
  const revoke = useMutation({
    mutationFn: ({ id }: TokenItem) => request(`/tokens/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSuccess: (_, { name }) => {
      tell(t('tokens.revoked', { name }));
      setRevoking(undefined);
    },
    onError: tellFailure,
    onSettled: () => void queries.invalidateQueries({ queryKey: ['tokens'] }),
  });
  return (
    <>
      <ListTable
        label={t('tokens.title')}
        items={tokens}
        keyOf={({ id }) => id}
        columns={[
          { name: 'name', heading: t('tokens.name'), look: 'lead', cell: ({ name }) => name },
          { name: 'owner', heading: t('tokens.owner'), cell: ({ owner, createdBy }) => owner ?? createdBy },
          { name: 'role', heading: t('users.role'), cell: ({ role }) => t(`role.${role}`) },
          {
            name: 'scope',
            heading: t('tokens.scope'),
            cell: ({ scope }) =>
              scope === undefined ? (
                t('tokens.all')
              ) : (
                <span className="mono small">{[...scope.tasks, ...scope.groups].join(', ')}</span>
              ),
          },
          {
            name: 'expires',
            heading: t('tokens.expires'),
            cell: ({ expiresAt }) =>
              expiresAt === undefined ? (
                t('tokens.never')
              ) : (
                <span className={expiresAt < now ? 'lacking' : ''}>
                  <Moment at={expiresAt} />
                </span>
              ),
          },
          {
            name: 'used',
            heading: t('tokens.used'),
            cell: ({ usedAt }) => (usedAt === undefined ? t('tokens.unused') : <Ago at={usedAt} />),
          },
          {
            name: 'actions',
            heading: '',
            look: 'actions',
            cell: (token) => (
              <Button size="small" danger onClick={() => setRevoking(token)}>
                {t('tokens.revoke')}
              </Button>
            ),
          },
        ]}
      />
      {revoking !== undefined && (
        <Modal
          open
          title={t('tokens.revoke.title', { name: revoking.name })}
          okText={t('tokens.revoke')}
          cancelText={t('cancel')}
          okButtonProps={{ danger: true }}
          confirmLoading={revoke.isPending}
          onOk={() => revoke.mutate(revoking)}
          onCancel={() => setRevoking(undefined)}
        >
          <p>{t('tokens.revoke.body')}</p>
        </Modal>
      )}
    </>
  );
}
