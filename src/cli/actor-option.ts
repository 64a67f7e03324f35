import { userInfo } from 'node:os';
import { Option } from 'commander';

/** What a header can hold. */
const NAME = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;

/** Who acts, for the audit trail. */
export const actorOption = (): Option => {
  const option = new Option('--actor <name>', 'who acts, for the audit trail').env('TASKER_ACTOR');
  const user = userName();
  return user === undefined ? option : option.default(user, 'the user of this machine');
};

function userName(): string | undefined {
  try {
    const { username } = userInfo();
    return NAME.test(username) ? username : undefined;
  } catch {
    // a container's user may have no name
    return undefined;
  }
}
