import { setControl } from '../../coordination/control.js';
import { lineUp } from '../../coordination/election.js';
import { newBell } from '../../coordination/follow.js';
import { readHistory } from '../../coordination/history.js';
import type { Lead } from '../../coordination/leadership.js';
import { paths } from '../../coordination/paths.js';
import { instanceSchema } from '../../coordination/schema/znodes.js';
import type { Session } from '../../coordination/session.js';
import { look } from '../../coordination/znode.js';
import type { LeadOptions } from './task-lead.js';

/** How long the Core that an operator chose stands in line before it is given the lead. */
const WARM_MS = 1_000;

/**
 * Carries a move out that is ordered of this lead: once the chosen Core stands in line and is warm, the lead is ordered to hand over, as an operator
 * would. Settles when the signal aborts; what fails here is logged and costs the lead nothing.
 */
export async function followMove(options: LeadOptions, lead: Lead, signal: AbortSignal): Promise<void> {
  const { session, task, identity, wanted, log } = options;
  const bell = newBell();
  const ring = (): void => bell.ring();
  const off = [wanted.onChange(ring), session.watch(paths.instances(task), 'children', ring)];
  signal.addEventListener('abort', ring);
  let standing: { readonly to: string; readonly since: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    while (!signal.aborted) {
      const { move, handOverTerm } = wanted.now.control;
      const open = move?.term === lead.term && move.to !== identity.core && handOverTerm !== lead.term;
      if (!open || !(await standsBehind(session, task, lead.instancePath, move.to))) standing = undefined;
      else {
        const now = performance.now();
        if (standing?.to !== move.to) standing = { to: move.to, since: now };
        if (now >= standing.since + WARM_MS) {
          log.info({ to: move.to }, 'the Core that the task is to move to stands by: hands over');
          await setControl(session, task, (control) => {
            return control.move?.term === lead.term ? { ...control, handOverTerm: lead.term } : control;
          });
        } else timer = setTimeout(ring, standing.since + WARM_MS - now);
      }
      await bell.rung();
      clearTimeout(timer);
    }
  } catch (error) {
    if (!session.over.aborted && !signal.aborted) log.warn({ err: error }, 'a move could not be followed');
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', ring);
    for (const unlisten of off) unlisten();
  }
}

/**
 * Whether this lead is only on the way of a move: the lead that was ordered to move was the last that did anything, and the chosen Core stands
 * behind this one. Then it passes on at once, before it has claimed anything.
 */
export async function passesOn({ session, task, identity, wanted }: LeadOptions, lead: Lead): Promise<boolean> {
  const { move } = wanted.now.control;
  if (move === undefined || move.to === identity.core || move.term >= lead.term) return false;
  const terms = await readHistory(session, task).catch(() => []);
  if (terms.at(-1)?.term !== move.term) return false;
  return standsBehind(session, task, lead.instancePath, move.to);
}

async function standsBehind(session: Session, task: string, instancePath: string, core: string): Promise<boolean> {
  const { line } = lineUp((await session.children(paths.instances(task))) ?? []);
  const at = line.findIndex(({ node }) => paths.instance(task, node) === instancePath);
  for (const { node } of line.slice(at + 1)) {
    const reading = await look(session, paths.instance(task, node), instanceSchema);
    if (reading.kind === 'present' && reading.value.core === core) return true;
  }
  return false;
}
