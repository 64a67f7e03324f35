import { CreateTables1764000000000 } from './1764000000000-create-tables.js';

/** In order. A migration is never changed once it was released. */
export const MIGRATIONS = [CreateTables1764000000000];
