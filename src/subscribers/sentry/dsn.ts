/** Where a Sentry project takes events, and the key that it knows senders by. */
export interface Dsn {
  envelopeUrl: URL;
  publicKey: string;
}

/**
 * `https://key@host/path/project`
 *
 * @throws Error that shows nothing of it: a part of it is a key
 */
export function parseDsn(text: string): Dsn {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new Error(WRONG);
  }
  const path = url.pathname.split('/').filter(Boolean);
  const project = path.pop();
  if (!/^https?:$/.test(url.protocol) || url.username === '' || project === undefined || !/^\d+$/.test(project)) {
    throw new Error(WRONG);
  }
  const prefix = path.map((part) => `/${part}`).join('');
  return {
    envelopeUrl: new URL(`${url.protocol}//${url.host}${prefix}/api/${project}/envelope/`),
    publicKey: decodeURIComponent(url.username),
  };
}

const WRONG = 'dsn must be https://<public key>@<host>/<project id>, as Sentry shows it in the settings of a project';
