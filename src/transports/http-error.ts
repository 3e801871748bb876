/** A page could not be had: no such host, refused, too slow, the wrong login, the wrong status, cut short. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  constructor(
    readonly code:
      | 'timeout'
      | 'not-found'
      | 'refused'
      | 'unreachable'
      | 'certificate'
      | 'login'
      | 'status'
      | 'redirect'
      | 'too-long'
      | 'truncated'
      /** A kept connection was closed while it was used again: to be asked once more. */
      | 'stale'
      | 'closed'
      | 'failed',
    message: string,
    /** Of the answer, where there was one. */
    readonly status?: number,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** What a status other than 200 and 304 means for whoever asked. */
export function statusError(status: number, label: string, location: string | undefined): HttpError {
  const of = (code: HttpError['code'], words: string) => new HttpError(code, `${label} ${words}`, status);
  if (status >= 300 && status < 400) {
    const target = withoutQuery(location, label);
    return of('redirect', `redirects${target} (${status}), which is not followed; write that address as url`);
  }
  switch (status) {
    case 401:
    case 403:
      return of('login', `refuses the login (${status}); check username and passwordFile, or tokenFile`);
    case 404:
    case 410:
      return of('status', `has no such page (${status}); check the url`);
    case 405:
      return of('status', `does not take this method (405); check method: GET or POST`);
    case 429:
      return of('status', `was asked too often (429); raise interval`);
    default:
      return of('status', `answers with status ${status}; look at the device or service itself`);
  }
}

// The query of an address may hold a key.
function withoutQuery(location: string | undefined, label: string): string {
  const base = `http://${label}`;
  if (location === undefined || !URL.canParse(location, base)) return '';
  const { protocol, host, pathname } = new URL(location, base);
  return ` to ${protocol}//${host}${pathname}`;
}

/** Puts what Node says into words that say what to do. */
export function explainHttp(
  error: Error & { readonly code?: unknown },
  label: string,
  isReused: boolean,
): HttpError {
  if (error instanceof HttpError) return error;
  const code = String(error.code ?? '');
  const cause = { cause: error };
  const of = (kind: HttpError['code'], words: string) =>
    new HttpError(kind, `${label} ${words}`, undefined, cause);
  if (code.startsWith('CERT_') || code.includes('CERT') || code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return of(
      'certificate',
      `shows a certificate that is not trusted (${code}); name its signer in caFile, or set verifyCertificate: false`,
    );
  switch (code) {
    case 'ECONNREFUSED':
      return of('refused', 'refuses the connection: nothing listens there; check host and port of the url');
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return of('not-found', 'cannot be found: no such host; check the name or use the address');
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return of('unreachable', 'does not answer: switched off, another network, or a firewall');
    case 'ECONNRESET':
    case 'EPIPE':
      return isReused
        ? of('stale', 'closed the connection')
        : of('truncated', 'closed the connection in the middle of its answer');
    case 'EPROTO':
      return of('failed', 'does not speak TLS as expected; is it http:// rather than https://?');
    default:
      return of('failed', `does not answer as a web server should${code === '' ? '' : ` (${code})`}`);
  }
}
