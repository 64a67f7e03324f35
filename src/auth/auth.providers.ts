import type { Provider } from '@nestjs/common';
import { Access } from './access.js';
import { ApiKeyAuthenticator } from './api-keys/api-key.authenticator.js';
import { ApiKeys } from './api-keys/api-keys.js';
import { TaskAccess } from './task-access.js';

export const AUTH_PROVIDERS: Provider[] = [ApiKeys, ApiKeyAuthenticator, Access, TaskAccess];
