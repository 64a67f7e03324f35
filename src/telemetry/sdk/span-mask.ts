import type { Attributes, AttributeValue } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { MASK } from '../../core/masking.js';
import { secretNames } from '../../core/secret-names.js';
import { Loggable } from '../../logging/loggable.js';

/** Hides secrets in what spans say, before anything is exported: values by the names of their attributes, and parts of texts. */
export class SpanMask {
  private readonly isSecret: (name: string) => boolean;
  private readonly texts: Loggable;

  /** @param more - words of names whose values are secret too */
  constructor(more: readonly string[]) {
    this.isSecret = secretNames(more);
    this.texts = new Loggable(more);
  }

  apply(span: ReadableSpan): void {
    this.maskAll(span.attributes);
    for (const { attributes } of span.events) if (attributes) this.maskAll(attributes);
    for (const { attributes } of span.links) if (attributes) this.maskAll(attributes);
    const { status } = span;
    if (status.message !== undefined) status.message = this.text(status.message);
  }

  private maskAll(attributes: Attributes): void {
    for (const [name, value] of Object.entries(attributes)) {
      if (this.isSecret(name)) attributes[name] = MASK;
      else if (typeof value === 'string') attributes[name] = this.text(value);
      else if (Array.isArray(value)) attributes[name] = value.map((item) => this.item(item)) as AttributeValue;
    }
  }

  private item(item: unknown): unknown {
    return typeof item === 'string' ? this.text(item) : item;
  }

  /** Most texts are ids and names, which cannot hold any. */
  private text(text: string): string {
    return /[=:]|bearer/i.test(text) ? this.texts.text(text) : text;
  }
}
