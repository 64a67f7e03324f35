/** Variables that say where signals are to go. */
const ENDPOINTS = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];

/**
 * Whether the standard variables ask for traces: by an endpoint, or by an exporter in so many words.
 * Empty variables count as unset, as OpenTelemetry has it.
 */
export function wantsTraces(env: NodeJS.ProcessEnv): boolean {
  if (env.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true') return false;
  const exporters = (env.OTEL_TRACES_EXPORTER ?? '').split(',').map((name) => name.trim());
  if (exporters.includes('none')) return false;
  return exporters.some((name) => name !== '') || ENDPOINTS.some((name) => (env[name] ?? '').trim() !== '');
}

/** What is wrong with the addresses that traces are to be sent to; null for nothing. The SDK would take its default for them. */
export function endpointMistake(env: NodeJS.ProcessEnv): string | null {
  for (const name of ENDPOINTS) {
    const value = (env[name] ?? '').trim();
    if (value === '' || /^https?:$/.test(protocolOf(value))) continue;
    return `${name} must be an http(s) address such as http://localhost:4318, not ${JSON.stringify(value)}.`;
  }
  return null;
}

const protocolOf = (text: string): string => (URL.canParse(text) ? new URL(text).protocol : '');
