import { LOG_LEVELS } from '../../core/template-policies.js';
import type { AccessControl, AuditLogging, Encryption, PciCompliance, Security } from '../../core/template-policies.js';
import { duration } from '../quantities.js';
import { key, reader, refuse } from '../reader.js';
import type { Reader, Reading } from '../reader.js';
import { record } from '../record.js';
import { boolean, listOf, oneOf, wordOf } from '../values.js';
import { writtenAt } from '../written.js';
import type { Written } from '../written.js';
import { shortText } from './names.js';

const encryptionKeys = record(
  {
    enabled: key('Whether contexts and results are stored encrypted', boolean, true),
    algorithm: key(
      'AES-256 stands for AES-256-GCM',
      oneOf<Encryption['algorithm']>({
        'AES-256-GCM': 'aes-256-gcm',
        'AES-256': 'aes-256-gcm',
        AES256: 'aes-256-gcm',
        'aes-256-gcm': 'aes-256-gcm',
        'aes-256': 'aes-256-gcm',
      }),
      'AES-256-GCM',
    ),
    key_rotation_interval: key('A key older than this is to be replaced: seconds, or a duration such as 30d', duration),
  },
  { what: 'encryption' },
);

const encryption: Reader<Encryption> = reader(encryptionKeys.jsonSchema, (written, label, reading) => {
  const fields = encryptionKeys(written, label, reading);
  return (
    fields && {
      enabled: fields.enabled ?? true,
      algorithm: fields.algorithm ?? 'aes-256-gcm',
      keyRotationIntervalSeconds: fields.key_rotation_interval ?? null,
    }
  );
});

const pciKeys = record(
  {
    enabled: key('Whether the rules for card data hold: encryption, and card fields masked', boolean, true),
    audit_level: key(
      'At level_1, reads of its tasks are logged too, at the level of audit_logging, else info',
      oneOf({ level_1: 1, level_2: 2, level_3: 3, level_4: 4 }),
      'level_1',
    ),
    data_retention: key('Contexts and results of finished tasks are removed after this: seconds, or 90d', duration),
  },
  { what: 'pci_compliance' },
);

const pciCompliance: Reader<PciCompliance> = reader(pciKeys.jsonSchema, (written, label, reading) => {
  const fields = pciKeys(written, label, reading);
  return (
    fields && {
      enabled: fields.enabled ?? true,
      auditLevel: fields.audit_level ?? 1,
      dataRetentionSeconds: fields.data_retention ?? null,
    }
  );
});

const accessKeys = record(
  {
    authentication_required: key(
      'Whether callers must say who they are, also where the server asks nobody',
      boolean,
      true,
    ),
    authorization_method: key('By the roles of the caller', wordOf(['rbac']), 'rbac'),
    allowed_roles: key('Roles of which a caller needs one; any caller if there are none', listOf(shortText, 'roles')),
  },
  { what: 'access_control' },
);

const accessControl: Reader<AccessControl> = reader(accessKeys.jsonSchema, (written, label, reading) => {
  const fields = accessKeys(written, label, reading);
  if (fields === undefined) return undefined;
  const { authentication_required: required = true, allowed_roles: allowedRoles = [] } = fields;
  if (!required && allowedRoles.length > 0) {
    const place = writtenAt(written, '/authentication_required');
    return refuse(
      place,
      'authentication_required must be true where allowed_roles are named: nobody else has a role',
      reading,
    );
  }
  return { authenticationRequired: required, authorizationMethod: 'rbac', allowedRoles };
});

const auditKeys = record(
  {
    enabled: key('Whether every transition of its tasks is logged', boolean, true),
    log_level: key('Level of these log lines', wordOf(LOG_LEVELS), 'info'),
    include_sensitive_data: key('Whether masked fields show their values there', boolean, false),
    retention_period: key(
      'The audit trail is kept at least this long: seconds, or a duration such as 7_years',
      duration,
    ),
  },
  { what: 'audit_logging' },
);

const auditLogging: Reader<AuditLogging> = reader(auditKeys.jsonSchema, (written, label, reading) => {
  const fields = auditKeys(written, label, reading);
  return (
    fields && {
      enabled: fields.enabled ?? true,
      logLevel: fields.log_level ?? 'info',
      includeSensitiveData: fields.include_sensitive_data ?? false,
      retentionSeconds: fields.retention_period ?? null,
    }
  );
});

const keys = record(
  {
    encryption: key('Contexts and results encrypted at rest; keys come from the environment', encryption),
    pci_compliance: key('Rules for card data', pciCompliance),
    access_control: key('Who may work with tasks of the template', accessControl),
    audit_logging: key('A log line for each transition of its tasks and steps', auditLogging),
    masked_fields: key(
      'Names of fields whose values are hidden in answers, log lines and events, at any depth',
      listOf(shortText, 'names of fields'),
    ),
  },
  { what: 'security' },
);

/** What the rules for card data hide. */
const CARD_FIELDS = [
  ...['card_number', 'card_token', 'card_expiry', 'cardholder_name', 'account_number', 'track_data'],
  ...['pan', 'pin', 'cvv', 'cvc', 'cvv2', 'security_code'],
];

/** `security`: encryption, access, audit and masking. */
export const security: Reader<Security> = reader(keys.jsonSchema, (written, label, reading) => {
  const fields = keys(written, label, reading);
  if (fields === undefined) return undefined;
  checkCardRules(fields, written, reading);
  const cards = fields.pci_compliance?.enabled ? CARD_FIELDS : [];
  return {
    encryption: fields.encryption ?? null,
    accessControl: fields.access_control ?? null,
    auditLogging: fields.audit_logging ?? null,
    pciCompliance: fields.pci_compliance ?? null,
    maskedFields: [...new Set([...(fields.masked_fields ?? []), ...cards])],
  };
});

function checkCardRules(
  {
    pci_compliance: pci,
    encryption: crypt,
    audit_logging: audit,
  }: { pci_compliance?: PciCompliance; encryption?: Encryption; audit_logging?: AuditLogging },
  written: Written,
  reading: Reading,
): void {
  if (!pci?.enabled) return;
  const hasEncryption = written.kind === 'map' && written.entries.has('encryption');
  if (crypt ? !crypt.enabled : !hasEncryption) {
    const place = writtenAt(written, '/pci_compliance');
    refuse(place, 'pci_compliance needs encryption: write security.encryption with enabled: true', reading);
  }
  if (audit?.includeSensitiveData) {
    const place = writtenAt(written, '/audit_logging/include_sensitive_data');
    refuse(place, 'include_sensitive_data must be false where pci_compliance is enabled', reading);
  }
}
