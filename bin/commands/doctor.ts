import { describeRepair, type Finding } from '../../coordination/doctor-finding.js';
import { carryOut, examine } from '../../coordination/doctor-repair.js';
import type { Session } from '../../coordination/session.js';
import { CliError } from '../exit-codes.js';
import { auditCli } from '../audit.js';
import { withSession } from '../with-session.js';
import type { CommandContext } from './context.js';

/** A mended finding can bring out the next (an index entry of a half-deleted task); a tree that is edited all the time ends it too. */
const ROUNDS = 5;

/**
 * Names what is inconsistent or unreadable in ZooKeeper, and with `repair` mends what can be mended without a guess; each
 * repair is shown before it is done.
 * @throws CliError 'check' when findings remain
 */
export async function doctor(context: CommandContext, options: { readonly repair: boolean }): Promise<void> {
  const { screen } = context;
  const { findings, repaired, remaining } = await withSession(context, (session) =>
    options.repair ? mend(context, session) : show(context, session),
  );
  screen.emit({
    findings: findings.map((finding) => asJson(finding, repaired.has(finding))),
    repaired: repaired.size,
    remaining: remaining.length,
  });
  if (remaining.length > 0) {
    const open = remaining.filter(({ repair }) => repair !== undefined).length;
    const remedy = open > 0 && !options.repair ? `--repair does the ${open} repair${plural(open)} shown` : undefined;
    const count = `${remaining.length} finding${plural(remaining.length)}`;
    throw new CliError('check', options.repair ? `${count} left for a person` : count, { remedy });
  }
  screen.say(findings.length === 0 ? 'all is well' : 'all is well now');
}

interface Examined {
  readonly findings: readonly Finding[];
  readonly repaired: ReadonlySet<Finding>;
  readonly remaining: readonly Finding[];
}

async function show(context: CommandContext, session: Session): Promise<Examined> {
  const findings = await examine(session);
  for (const finding of findings) tell(context, finding);
  return { findings, repaired: new Set(), remaining: findings };
}

async function mend(context: CommandContext, session: Session): Promise<Examined> {
  const { screen } = context;
  const findings: Finding[] = [];
  const repaired = new Set<Finding>();
  for (let round = 1; ; round++) {
    const found = await examine(session);
    const repairs = found.filter(({ repair }) => repair !== undefined);
    if (repairs.length === 0 || round > ROUNDS) {
      for (const finding of found) tell(context, finding);
      return { findings: [...findings, ...found], repaired, remaining: found };
    }
    for (const finding of repairs) tell(context, finding);
    for (const finding of repairs) {
      const { repair } = finding;
      if (repair === undefined) continue;
      const what = { action: 'doctor.repair', object: finding.path, after: describeRepair(repair) };
      const outcome = await auditCli(context, session, what, () => carryOut(session, repair));
      findings.push(finding);
      if (outcome === 'repaired') repaired.add(finding);
      const said = describeRepair(repair);
      if (outcome === 'repaired') screen.say(`${screen.paint('green', 'done')}     ${said}`);
      else screen.say(`${screen.paint('yellow', 'left')}     ${said}: it was changed meanwhile`);
    }
  }
}

function tell({ screen }: CommandContext, { path, what, repair, advice }: Finding): void {
  screen.say(`${screen.paint('red', 'finding')}  ${screen.paint('bold', path)}: ${what}`);
  if (repair !== undefined) screen.say(`         to repair it: ${describeRepair(repair)}`);
  if (advice !== undefined) screen.say(`         ${repair === undefined ? 'what to do' : 'then'}: ${advice}`);
}

function asJson({ kind, path, what, repair, advice }: Finding, repaired: boolean): object {
  return {
    kind,
    path,
    what,
    ...(repair && { repair: describeRepair(repair) }),
    ...(advice !== undefined && { advice }),
    repaired,
  };
}

function plural(count: number): string {
  return count === 1 ? '' : 's';
}
