import { Inject, Injectable, Logger, ServiceUnavailableException, type OnModuleInit, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { TaskerError } from '../core/errors.js';
import { structuredLine } from '../core/structured-line.js';
import { ApiKeyAuthenticator } from './api-keys/api-key.authenticator.js';
import { Caller } from './caller.js';
import { holdsCredentials } from './credentials.js';
import { JwtAuthenticator } from './jwt/jwt.authenticator.js';
import { grants } from '../core/access/permission.js';
import type { Authenticator, Authorizer, IncomingRequest, Principal } from '../core/access/principal.js';
import type { Requirement } from './requirement.js';
import { isFromThisMachine } from './this-machine.js';
import { UnauthenticatedError } from './unauthenticated-error.js';

/** A request, with what decides what it asks for. */
export interface AccessRequest extends IncomingRequest {
  body?: unknown;
  params?: Record<string, string | undefined>;
}

const NAME_LENGTH = 255;

/** By the permissions that the principal holds. */
const BY_PERMISSIONS: Authorizer = {
  authorize: ({ permissions }, { permission }) => grants(permissions, permission),
};

/** Lets requests in: finds out who they are from, and whether they may do what they ask for. */
@Injectable()
export class Access implements OnModuleInit {
  private readonly logger = new Logger('tasker.auth');
  private authenticators: Authenticator[] = [];
  private authorizer = BY_PERMISSIONS;

  constructor(
    @Inject(TASKER_CONFIG) private readonly config: Pick<TaskerConfig, 'auth'>,
    private readonly modules: ModuleRef,
    private readonly apiKeys: ApiKeyAuthenticator,
  ) {}

  async onModuleInit(): Promise<void> {
    const { auth } = this.config;
    if (auth === null) return;
    if (auth.authenticator) this.authenticators.push(await this.provided(auth.authenticator));
    if (auth.apiKeys) this.authenticators.push(this.apiKeys);
    if (auth.jwt) this.authenticators.push(JwtAuthenticator.of(auth.jwt));
    if (auth.authorizer) this.authorizer = await this.provided(auth.authorizer);
  }

  /**
   * Who asks, once it is known that they may.
   *
   * @throws UnauthenticatedError; TaskerError `forbidden`; whatever keeps an authenticator from knowing
   */
  async enter(request: AccessRequest, requirement: Requirement): Promise<Caller> {
    if (this.config.auth === null) return this.fromThisMachine(request);
    const principal = await this.principalOf(request);
    const permission = requirement.of(request.body);
    const taskId = request.params?.task_id ?? null;
    if (!(await this.authorizer.authorize(principal, { permission, taskId }))) {
      this.logger.warn(structuredLine({ event: 'access.forbidden', principal: principal.name, permission }));
      throw new TaskerError('forbidden', `This needs the permission ${permission}.`);
    }
    if (requirement.spansNamespaces && (principal.namespaces ?? null) !== null) {
      throw new TaskerError('forbidden', 'This is of all namespaces together, and you are limited to some.');
    }
    return new Caller(principal, () => this.stillMay(request, requirement));
  }

  private async stillMay(request: AccessRequest, requirement: Requirement): Promise<boolean> {
    try {
      await this.enter(request, requirement);
      return true;
    } catch (error) {
      // Nobody can say while a key set or the database is away.
      return !(error instanceof TaskerError && (error.code === 'unauthenticated' || error.code === 'forbidden'));
    }
  }

  private fromThisMachine(request: AccessRequest): Caller {
    if (isFromThisMachine(request)) return new Caller(null);
    throw new TaskerError(
      'forbidden',
      'No authentication is configured, so only this machine is answered, under localhost or 127.0.0.1 and without a ' +
        'proxy. Set `auth` to open Tasker to others.',
    );
  }

  private async principalOf(request: IncomingRequest): Promise<Principal> {
    for (const authenticator of this.authenticators) {
      const principal = await this.asked(authenticator, request);
      if (principal !== null) return checked(principal);
    }
    throw holdsCredentials(request)
      ? new UnauthenticatedError('The credentials are of no kind that this server knows.')
      : new UnauthenticatedError('Say who you are: Authorization: Bearer …, or X-API-Key.', false);
  }

  private async asked(authenticator: Authenticator, request: IncomingRequest): Promise<Principal | null> {
    try {
      return await authenticator.authenticate(request);
    } catch (error) {
      if (error instanceof UnauthenticatedError) {
        this.logger.warn(structuredLine({ event: 'access.unauthenticated', reason: error.message }));
      } else if (error instanceof ServiceUnavailableException) {
        this.logger.warn(structuredLine({ event: 'access.unavailable', reason: error.message }));
      }
      throw error;
    }
  }

  /** The host's own provider where there is one, else one that is made. */
  private async provided<T extends object>(given: T | (new (...args: never[]) => T)): Promise<T> {
    if (typeof given !== 'function') return given;
    const type = given as Type<T>;
    try {
      return this.modules.get<T>(type, { strict: false });
    } catch (error) {
      // it has no other name: Nest does not export the class
      if ((error as Error).constructor.name === 'UnknownElementException') return this.modules.create<T>(type);
      throw error;
    }
  }
}

/** @throws Error for what an authenticator of the host's must not answer */
function checked(principal: Principal): Principal {
  const { name, permissions } = principal;
  const isText = typeof name === 'string' && name.trim() !== '' && name.length <= NAME_LENGTH;
  if (isText && !name.includes('\u0000') && Array.isArray(permissions)) return principal;
  throw new Error('The authenticator answered no principal: { name: 1 to 255 characters, permissions: [...] }.');
}
