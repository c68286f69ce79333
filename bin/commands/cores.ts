import { groupRoom, listCores } from '../../coordination/cores.js';
import { cancelDrain, listDrains, orderDrain } from '../../coordination/drains.js';
import { asOperator } from '../audit.js';
import { CliError } from '../exit-codes.js';
import { moment } from '../quantities.js';
import { withSession } from '../with-session.js';
import type { CommandContext } from './context.js';

/** The Cores that live, with what they serve and whether they are drained. */
export async function coresList(context: CommandContext): Promise<void> {
  const [cores, drains] = await withSession(context, (session) =>
    Promise.all([listCores(session), listDrains(session)]),
  );
  const drained = new Set(drains.map(({ core }) => core));
  const listed = cores.map(({ core, reading }) => {
    if (reading.kind !== 'present') return { core, state: 'UNREADABLE' };
    const { host, groups, tasks, load = tasks.length, since, drained: is } = reading.value;
    const state = drained.has(core) ? (is !== undefined && load === 0 ? 'DRAINED' : 'DRAINING') : 'LIVING';
    return { core, state, host, groups: is?.groups ?? groups, tasks, load, room: groupRoom(reading.value), since };
  });
  const gone = [...drained].filter((name) => !cores.some(({ core }) => core === name));
  context.screen.emit({ cores: [...listed, ...gone.map((core) => ({ core, state: 'GONE' }))] });
  const rows = listed.map(({ core, state, host, groups, load, room, since }) => [
    core,
    state,
    host ?? '-',
    groups?.join(',') ?? '-',
    `${load ?? '-'}/${room ?? '-'}`,
    since === undefined ? '-' : moment(since),
  ]);
  context.screen.table(
    ['CORE', 'STATE', 'HOST', 'GROUPS', 'LOAD/ROOM', 'SINCE'],
    [...rows, ...gone.map((core) => [core, 'GONE'])],
  );
}

/** Orders a Core to give its tasks up before maintenance, or calls that off. */
export async function coreDrain(context: CommandContext, core: string, off: boolean, reason?: string): Promise<void> {
  const what = { action: off ? 'core.undrain' : 'core.drain', object: `cores/${core}` };
  const changed = await asOperator(context, what, async (session, { who }) => {
    if (off) return cancelDrain(session, core);
    const lives = (await listCores(session)).some((one) => one.core === core);
    if (!lives)
      throw new CliError('conflict', `no Core named ${core} lives`, { remedy: '`mysql-replicator cores` lists them' });
    return orderDrain(session, core, { who, at: Date.now(), ...(reason !== undefined && { reason }) });
  });
  if (off && !changed) throw new CliError('conflict', `${core} is not being drained`);
  context.screen.emit({ core, drain: !off, changed });
  if (off) return context.screen.say(`${core} takes tasks again`);
  context.screen.say(
    changed ? `${core} gives its tasks up as others can take them, and takes none` : `${core} is being drained already`,
  );
}
