import type { AccessActions } from './access-command-line.js';
import type { TaskLine } from './command-line.js';
import type { CommandContext } from './commands/context.js';

/** The commands of users, tokens and secrets; loaded when one is used. */
export function accessActions(given: (line: TaskLine) => CommandContext): AccessActions {
  const user = () => import('./commands/user.js');
  const token = () => import('./commands/token.js');
  const secrets = () => import('./commands/secrets.js');
  return {
    userAdd: async (name, line) => (await user()).userAdd(given(line), name, line.role),
    userList: async (line) => (await user()).userList(given(line)),
    userPassword: async (name, line) => (await user()).userPassword(given(line), name),
    userRole: async (name, role, line) => (await user()).userRole(given(line), name, role),
    userRemove: async (name, line) => (await user()).userRemove(given(line), name),
    tokenAdd: async (name, line) => (await token()).tokenAdd(given(line), name, line),
    tokenList: async (line) => (await token()).tokenList(given(line)),
    tokenRemove: async (id, line) => (await token()).tokenRemove(given(line), id),
    secretsKeygen: async (line) => (await secrets()).secretsKeygen(given(line)),
    secretsSeal: async (line) => (await secrets()).secretsSeal(given(line), line.file, line.field),
    secretsRotate: async (line) => (await secrets()).secretsRotate(given(line)),
  };
}
