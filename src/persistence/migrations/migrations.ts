import { CreateTables1764000000000 } from './1764000000000-create-tables.js';
import { AddLimits1764200000000 } from './1764200000000-add-limits.js';
import { AddOperatorsVerbs1764210000000 } from './1764210000000-add-operators-verbs.js';
import { AddDelivery1764220000000 } from './1764220000000-add-delivery.js';
import { AddAnnotations1764230000000 } from './1764230000000-add-annotations.js';
import { AddApiKeys1764240000000 } from './1764240000000-add-api-keys.js';
import { AddListIndexes1764260000000 } from './1764260000000-add-list-indexes.js';
import { AddRollups1764300000000 } from './1764300000000-add-rollups.js';
import { AddAlerts1764320000000 } from './1764320000000-add-alerts.js';
import { AddWorkerHandlers1764360000000 } from './1764360000000-add-worker-handlers.js';

/** In order. A migration is never changed once it was released. */
export const MIGRATIONS = [
  CreateTables1764000000000,
  AddLimits1764200000000,
  AddOperatorsVerbs1764210000000,
  AddDelivery1764220000000,
  AddAnnotations1764230000000,
  AddApiKeys1764240000000,
  AddListIndexes1764260000000,
  AddRollups1764300000000,
  AddAlerts1764320000000,
  AddWorkerHandlers1764360000000,
];
