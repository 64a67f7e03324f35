import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LocalService, type Routes } from '../../support/local-service.js';
import type { ServiceAnswer, ServiceRequest } from '../../support/service-exchange.js';
import type { Plan } from '../registration-context.js';

/** What `POST /users` takes. */
export interface NewUser {
  email: string;
  name: string;
  plan: Plan;
  phone?: string;
  company?: string;
  referral_code?: string;
  source?: string;
}

export interface User extends NewUser {
  user_id: string;
  status: 'pending' | 'active';
  created_at: string;
}

const EMAIL = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/;

/** Keeps the accounts: one for each e-mail address. */
@Injectable()
export class UserService extends LocalService {
  readonly users: User[] = [];

  protected readonly routes: Routes = {
    'POST /users': (request) => this.create(request),
    'GET /users': ({ query }) => {
      const email = query.get('email');
      return { status: 200, body: { users: this.users.filter((user) => email === null || user.email === email) } };
    },
    'GET /users/:id': ({ params }) => this.on(params.id!, (user) => user),
    'PATCH /users/:id': ({ params, body }) => this.on(params.id!, (user) => Object.assign(user, changes(body))),
    'DELETE /users/:id': ({ params }) => this.on(params.id!, (user) => this.remove(user)),
  };

  constructor() {
    super('registration_users');
  }

  protected clear(): void {
    this.users.length = 0;
  }

  private create(request: ServiceRequest): ServiceAnswer {
    const { email, name, ...rest } = (request.body ?? {}) as Partial<NewUser>;
    if (!email || !name) return { status: 400, body: { code: 'missing_field', message: 'A user has email and name' } };
    if (!EMAIL.test(email)) return { status: 422, body: { code: 'invalid_email', message: 'email is no address' } };
    return this.once(request, () => {
      if (this.users.some((user) => user.email === email)) {
        return { status: 409, body: { code: 'user_exists', message: 'The address has an account' } };
      }
      const user: User = {
        user_id: `user_${randomUUID().replaceAll('-', '').slice(0, 12)}`,
        email,
        name,
        ...rest,
        plan: rest.plan ?? 'free',
        status: 'pending',
        created_at: new Date().toISOString(),
      };
      this.users.push(user);
      return { status: 201, body: { ...user } };
    });
  }

  private on(id: string, act: (user: User) => User): ServiceAnswer {
    const user = this.users.find(({ user_id }) => user_id === id);
    return user
      ? { status: 200, body: act(user) }
      : { status: 404, body: { code: 'user_not_found', message: `There is no user ${id}` } };
  }

  private remove(user: User): User {
    this.users.splice(this.users.indexOf(user), 1);
    return user;
  }
}

const changes = (body: unknown): Partial<User> => {
  const { status, plan } = (body ?? {}) as Partial<User>;
  return { ...(status && { status }), ...(plan && { plan }) };
};
