import { isPlainObject } from '../../core/json.js';

const MASK = '[masked]';
const SECRET_NAME = /passw|pwd|secret|token|key|auth|credential|signature|cookie|session|\bpin\b|cvv|card_?number/i;
const OPAQUE = /^\S{16,}$/;
/** Masking what is shorter would hide the rest and protect nothing. */
const SHORTEST = 4;
/** Of a long answer, this much is looked at, in characters. */
const LOOKED_AT = 8_192;
/** A member of a JSON answer whose name says that it is secret. */
const SECRET_MEMBER =
  /("[^"\\]{0,64}(?:passw|secret|token|api_?key|authorization|credential)[^"\\]{0,64}"\s*:\s*)("(?:[^"\\]|\\.)*"?|[\d.]+)/gi;
/** Part of a path that looks like a token, as webhooks have it. */
const TOKEN_SEGMENT = /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[\w:.~-]{16,}$/;

/** The secrets of one call, so that nothing told about it repeats them. */
export class Secrets {
  private readonly texts = new Set<string>();

  /** @param certain - secret whatever they are; what else was sent is told by the `add…` methods */
  constructor(certain: readonly string[]) {
    for (const text of certain) this.add(text);
  }

  /** Takes what is secret by its name, at any depth. */
  addNamed(values: unknown, name = ''): void {
    if (Array.isArray(values)) for (const value of values) this.addNamed(value, name);
    else if (isPlainObject(values)) {
      for (const [key, value] of Object.entries(values)) this.addNamed(value, `${name}.${key}`);
    } else if (typeof values === 'string' || typeof values === 'number') {
      if (SECRET_NAME.test(name)) this.add(String(values));
    }
  }

  /** Takes what is long and unbroken enough to be a token, whatever its name. */
  addOpaque(values: Readonly<Record<string, string>>): void {
    for (const value of Object.values(values)) if (OPAQUE.test(value)) this.add(value);
  }

  /** Takes what looks like a token in the path. */
  addPath(url: URL): void {
    for (const segment of url.pathname.split('/')) if (TOKEN_SEGMENT.test(segment)) this.add(segment);
  }

  /** The text, cut to `length` characters, without any secret in the forms in which services repeat them. */
  mask(text: string, length: number): string {
    const longestFirst = [...this.texts].sort((a, b) => b.length - a.length);
    let masked = text.slice(0, LOOKED_AT).replace(SECRET_MEMBER, `$1"${MASK}"`);
    for (const secret of longestFirst) masked = masked.replaceAll(secret, MASK);
    // where the text was cut, part of a secret may be left
    const whole = text.length > LOOKED_AT ? masked.length - (longestFirst[0]?.length ?? 0) : masked.length;
    return masked.slice(0, Math.max(0, Math.min(whole, length)));
  }

  /** A call as messages name it: without query, and without what looks like a token in the path. */
  nameOf(url: URL): string {
    const path = url.pathname
      .split('/')
      .map((segment) => (TOKEN_SEGMENT.test(segment) ? MASK : segment))
      .join('/');
    return this.mask(url.origin + path, 500);
  }

  private add(text: string): void {
    if (text.length < SHORTEST) return;
    const inJson = JSON.stringify(text).slice(1, -1);
    const inForm = new URLSearchParams([['', text]]).toString().slice(1);
    const forms = [inJson, JSON.stringify(inJson).slice(1, -1), inForm, inForm.replaceAll('+', '%20')];
    for (const form of [text, text.replaceAll(' ', '+'), ...forms]) this.texts.add(form);
  }
}
