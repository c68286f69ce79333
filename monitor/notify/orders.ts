import { inParallel } from '../../coordination/in-parallel.js';
import { paths } from '../../coordination/paths.js';
import { alertOrderSchema, type AlertOrder } from '../../coordination/schema/alerts.js';
import { CoordinationError, type Session } from '../../coordination/session.js';
import { look, writeTyped } from '../../coordination/znode.js';

/** Who has asked is gone by then. */
const KEPT_MS = 600_000;
const AT_ONCE = 4;

export type Answer = NonNullable<AlertOrder['answer']>;

/** Carries out what people have asked the acting Monitor for, and takes away what nobody waits for any more. */
export async function carryOutOrders(
  session: Session,
  now: () => number,
  carryOut: (order: AlertOrder['order'], name: string) => Promise<Omit<Answer, 'at'>>,
): Promise<void> {
  const names = (await session.children(paths.alertOrders)) ?? [];
  await inParallel(names, AT_ONCE, async (name) => {
    const path = paths.alertOrder(name);
    const reading = await look(session, path, alertOrderSchema);
    if (reading.kind === 'absent') return;
    const { stat } = reading.kind === 'present' ? reading : reading.error;
    if (now() - stat.modifiedAt > KEPT_MS) return void (await session.remove(path));
    if (reading.kind !== 'present' || reading.value.answer !== undefined) return;
    const answer = await carryOut(reading.value.order, name);
    const answered: AlertOrder = {
      ...reading.value,
      answer: { ...answer, detail: answer.detail.slice(0, 1_000), at: now() },
    };
    await writeTyped(session, path, alertOrderSchema, answered, stat.version).catch((error: unknown) => {
      // Who asked has gone, or another Monitor was faster.
      if (!(error instanceof CoordinationError) || !['no-node', 'version-conflict'].includes(error.kind)) throw error;
    });
  });
}
