import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { TaskerModule } from 'nest-tasker';
import { BillingService } from './services/billing.service.js';
import { NotificationService } from './services/notification.service.js';
import { PreferencesService } from './services/preferences.service.js';
import { UserService } from './services/user.service.js';
import { CreateUserAccountHandler } from './step-handlers/create-user-account.handler.js';
import { InitializePreferencesHandler } from './step-handlers/initialize-preferences.handler.js';
import { SendWelcomeSequenceHandler } from './step-handlers/send-welcome-sequence.handler.js';
import { SetupBillingProfileHandler } from './step-handlers/setup-billing-profile.handler.js';
import { UpdateUserStatusHandler } from './step-handlers/update-user-status.handler.js';
import { UserRegistrationHandler } from './user-registration.handler.js';

/** Registers users across four services: the template, its handlers, and the services. */
@Module({
  imports: [TaskerModule.forFeature({ templates: [join(__dirname, 'templates')] })],
  providers: [
    UserService,
    BillingService,
    PreferencesService,
    NotificationService,
    UserRegistrationHandler,
    CreateUserAccountHandler,
    SetupBillingProfileHandler,
    InitializePreferencesHandler,
    SendWelcomeSequenceHandler,
    UpdateUserStatusHandler,
  ],
  exports: [UserService, BillingService, PreferencesService, NotificationService],
})
export class UserRegistrationModule {}
