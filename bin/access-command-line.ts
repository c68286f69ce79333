import type { Command } from 'commander';
import type { TaskLine } from './command-line.js';
import type { TokenWish } from './commands/token.js';

/** What the commands of users, tokens and secrets do. */
export interface AccessActions {
  userAdd(name: string, options: TaskLine & { role: string }): Promise<void>;
  userList(options: TaskLine): Promise<void>;
  userPassword(name: string, options: TaskLine): Promise<void>;
  userRole(name: string, role: string, options: TaskLine): Promise<void>;
  userRemove(name: string, options: TaskLine): Promise<void>;
  tokenAdd(name: string, options: TaskLine & TokenWish): Promise<void>;
  tokenList(options: TaskLine): Promise<void>;
  tokenRemove(id: string, options: TaskLine): Promise<void>;
  secretsKeygen(options: TaskLine): Promise<void>;
  secretsSeal(options: TaskLine & { file: string; field: string }): Promise<void>;
  secretsRotate(options: TaskLine): Promise<void>;
}

export function declareAccess(program: Command, actions: AccessActions, exitHelp: string): void {
  const json = (command: Command): Command => command.option('--json', 'print JSON only, for scripts');
  const users = json(program.command('user').description('Who may sign in at the Servers, and as what.'));
  users.addHelpText('after', USER_HELP + exitHelp);
  users
    .command('add')
    .description('Make a user; the password is read from standard input.')
    .argument('<user>', 'name')
    .requiredOption('--role <role>', 'viewer, operator or admin')
    .action((name: string, _options, command: Command) => actions.userAdd(name, command.optsWithGlobals()));
  users
    .command('list')
    .description('All users.')
    .action((_options, command: Command) => actions.userList(command.optsWithGlobals()));
  users
    .command('passwd')
    .description('Set a new password from standard input; every session of the user ends.')
    .argument('<user>', 'name')
    .action((name: string, _options, command: Command) => actions.userPassword(name, command.optsWithGlobals()));
  users
    .command('role')
    .description('Give a user another role.')
    .argument('<user>', 'name')
    .argument('<role>', 'viewer, operator or admin')
    .action((name: string, role: string, _options, command: Command) =>
      actions.userRole(name, role, command.optsWithGlobals()),
    );
  users
    .command('remove')
    .description('Take a user away, with all sessions and tokens.')
    .argument('<user>', 'name')
    .action((name: string, _options, command: Command) => actions.userRemove(name, command.optsWithGlobals()));

  const tokens = json(program.command('token').description('API tokens for scripts.'));
  tokens.addHelpText('after', exitHelp);
  tokens
    .command('add')
    .description('Make a token and print it, once: only its hash is kept.')
    .argument('<name>', 'what it is for')
    .requiredOption('--role <role>', 'viewer, operator or admin')
    .option('--task <task>', 'only this task, * for any letters; may be given several times', several)
    .option('--group <group>', 'only tasks of this group; may be given several times', several)
    .option('--expires <time>', 'ends after e.g. 12h or 90d; never when absent')
    .action((name: string, _options, command: Command) => actions.tokenAdd(name, command.optsWithGlobals()));
  tokens
    .command('list')
    .description('All tokens.')
    .action((_options, command: Command) => actions.tokenList(command.optsWithGlobals()));
  tokens
    .command('remove')
    .description('End a token.')
    .argument('<id>', 'its id, as list shows it')
    .action((id: string, _options, command: Command) => actions.tokenRemove(id, command.optsWithGlobals()));

  const secrets = json(program.command('secrets').description('Keys that passwords of tasks are sealed with.'));
  secrets.addHelpText('after', SECRETS_HELP + exitHelp);
  secrets
    .command('keygen')
    .description('Print a new key, as a line of a key file.')
    .action((_options, command: Command) => actions.secretsKeygen(command.optsWithGlobals()));
  secrets
    .command('seal')
    .description('Seal the secret on standard input for a field of a task file, and print what to write there.')
    .requiredOption('-f, --file <file>', 'the task file, with anything (env:LATER) in the field')
    .option('--field <field>', 'source.mysql.password or sink.kafka.sasl.password', 'source.mysql.password')
    .action((_options, command: Command) => actions.secretsSeal(command.optsWithGlobals()));
  secrets
    .command('rotate')
    .description('Seal anew, with the first key of the ring, what another one has sealed.')
    .action((_options, command: Command) => actions.secretsRotate(command.optsWithGlobals()));
}

const USER_HELP = `
The first administrator is made with the link that a Server prints when it starts, or here. The last one cannot be removed or demoted.

Example:
  read -rs P && printf %s "$P" | mysql-replicator user add mary --role operator
`;

const SECRETS_HELP = `
A key file has one key a line, the current one first. To replace a key: put a new line in front, restart Servers and Cores with the file,
run "secrets rotate", and take the old line out. What is sealed is bound to the task, the address, the account and TLS.
`;

function several(item: string, before: string[] | undefined): string[] {
  return [...(before ?? []), item];
}
