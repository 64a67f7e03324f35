import { required } from '../../support/refusal.js';
import type { UserAccount } from './create-user-account.handler.js';
import type { Registration } from './api-base.handler.js';

/** The account that create_user_account has left. @throws PermanentError `MISSING_USER_ID` */
export function accountOf({ sequence }: Registration): UserAccount {
  const account = sequence.results<UserAccount | null>('create_user_account');
  required(account?.user_id, 'MISSING_USER_ID', 'create_user_account has left no user_id');
  return account!;
}
