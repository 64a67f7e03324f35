import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { embeddedFailure } from './embedded-failure.js';

/** Whom the server runs as. PostgreSQL refuses to run as root. */
export interface ServerAccount {
  uid: number;
  gid: number;
}

/** Whether this process may choose another account. */
export const isRoot = (): boolean => process.geteuid?.() === 0;

/**
 * The account to run the server as; null to run as ourselves, which anybody but root does.
 * A cluster belongs to the account that made it; a new one to `postgres`, else `nobody`, else any account there is.
 *
 * @param owner - user id that owns the cluster, null if there is none yet
 */
export function serverAccount(owner: number | null, passwd = readPasswd()): ServerAccount | null {
  if (!isRoot()) {
    if (owner !== null && owner !== process.geteuid?.())
      throw embeddedFailure(
        `the cluster belongs to user id ${owner}, and this process is user id ${process.geteuid?.()}: run as that user or as root, or choose another folder`,
      );
    return null;
  }
  const accounts = parsePasswd(passwd);
  if (owner) return { uid: owner, gid: accounts.find(({ uid }) => uid === owner)?.gid ?? owner };
  const chosen =
    accounts.find(({ name }) => name === 'postgres') ?? accounts.find(({ name }) => name === 'nobody') ?? accounts[0];
  if (!chosen) throw embeddedFailure('it cannot run as root, and /etc/passwd names no other account: run as a user');
  return { uid: chosen.uid, gid: chosen.gid };
}

/**
 * Whether an account may enter every folder above a path, by their permission bits.
 * Access lists are not looked at: a wrong answer costs a detour (copied binaries), not the start.
 */
export function canReach({ uid, gid }: ServerAccount, path: string): boolean {
  for (let folder = dirname(realpathSync(path)); ; folder = dirname(folder)) {
    const { mode, uid: owner, gid: group } = statSync(folder);
    const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
    if (!(mode & bit)) return false;
    if (folder === dirname(folder)) return true;
  }
}

function parsePasswd(passwd: string): (ServerAccount & { name: string })[] {
  return passwd
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ name, uid, gid }) => name !== '' && uid > 0 && Number.isInteger(gid));
}

function readPasswd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
}
