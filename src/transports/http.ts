import { Agent, type ClientRequest, type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestTls, Agent as TlsAgent } from 'node:https';
import type { Clock } from '../lib/clock.ts';
import { explainHttp, HttpError, statusError } from './http-error.ts';

/** One question to a web server. */
export interface HttpRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly body?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the answer before this one was marked with; where it still holds the server answers 304. */
  readonly marks?: PageMarks | undefined;
}

/** The marks of a page by which a server knows that it has not changed. */
export interface PageMarks {
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

export type HttpAnswer =
  | { readonly kind: 'unchanged' }
  | {
      readonly kind: 'page';
      readonly bytes: Uint8Array;
      readonly contentType: string;
      readonly marks: PageMarks;
    };

export interface HttpClientOptions {
  readonly clock: Clock;
  /** For the whole exchange. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Bearer token, instead of name and password. */
  readonly token?: string | undefined;
  /** False takes any certificate. */
  readonly verifyCertificate: boolean;
  /** Certificates that sign the server's, PEM. */
  readonly ca?: string | undefined;
}

export interface HttpClient {
  /** Rejects with an HttpError, whose message says what to do and never holds a password, key or query. */
  ask(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  /** Lets go of the connections that are kept for the next question. */
  close(): void;
}

/** A client for the pages of one device; it keeps one connection, and follows no redirect (it would carry the login along). */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const keep = { keepAlive: true, maxSockets: 2, maxFreeSockets: 1 };
  const plain = new Agent(keep);
  const { ca, verifyCertificate } = options;
  const tls = new TlsAgent({
    ...keep,
    rejectUnauthorized: verifyCertificate,
    ...(ca === undefined ? {} : { ca }),
  });
  const agentOf = (url: URL) => (url.protocol === 'https:' ? tls : plain);
  return {
    async ask(request, signal) {
      const url = new URL(request.url);
      try {
        return await exchange(request, url, agentOf(url), options, signal);
      } catch (error) {
        // A server may close a kept connection at the moment in which it is used again.
        if (!(error instanceof HttpError && error.code === 'stale')) throw error;
        return exchange(request, url, agentOf(url), options, signal);
      }
    },
    close() {
      plain.destroy();
      tls.destroy();
    },
  };
}

function exchange(
  request: HttpRequest,
  url: URL,
  agent: Agent,
  options: HttpClientOptions,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const label = `${url.host}${url.pathname}`;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new HttpError('closed', `${label}: closed`));
    let sent: ClientRequest | undefined;
    const settle = (then: () => void) => {
      cancel();
      signal.removeEventListener('abort', onAbort);
      then();
    };
    const fail = (error: Error) => {
      settle(() => reject(explainHttp(error, label, sent?.reusedSocket ?? false)));
      sent?.destroy();
    };
    const onAbort = () => fail(new HttpError('closed', `${label}: closed`));
    const cancel = options.clock.timer(options.timeoutMs, () => fail(tooSlow(label, options.timeoutMs)));
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const send = url.protocol === 'https:' ? requestTls : requestPlain;
      sent = send(url, { agent, method: request.method, headers: headersOf(request, options) });
    } catch (error) {
      return fail(error instanceof Error ? error : new Error(String(error)));
    }
    sent.on('error', fail);
    sent.on('response', (response) => {
      readAnswer(response, label, options.maxBytes).then((answer) => settle(() => resolve(answer)), fail);
    });
    sent.end(request.body);
  });
}

function tooSlow(label: string, timeoutMs: number): HttpError {
  const hint = 'is it switched on, and is the address right? Raise timeout where it is only slow';
  return new HttpError('timeout', `${label} did not answer within ${timeoutMs / 1000} s; ${hint}`);
}

function headersOf({ headers, marks, body }: HttpRequest, options: HttpClientOptions) {
  const { username, password = '', token } = options;
  const login =
    token !== undefined
      ? `Bearer ${token}`
      : username !== undefined
        ? `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
        : undefined;
  return {
    Accept: 'application/json, application/xml, text/xml, */*;q=0.5',
    'Accept-Encoding': 'identity',
    'User-Agent': 'busbar',
    ...(login === undefined ? {} : { Authorization: login }),
    ...(marks?.etag === undefined ? {} : { 'If-None-Match': marks.etag }),
    ...(marks?.lastModified === undefined ? {} : { 'If-Modified-Since': marks.lastModified }),
    ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
    ...headers,
  };
}

async function readAnswer(response: IncomingMessage, label: string, maxBytes: number): Promise<HttpAnswer> {
  const status = response.statusCode ?? 0;
  if (status === 304) {
    response.resume();
    return { kind: 'unchanged' };
  }
  if (status !== 200) {
    // What it says beside the status is of no use, and may be long.
    response.destroy();
    throw statusError(status, label, response.headers.location);
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) {
      response.destroy();
      const hint = 'is it the right page? Raise maxBytes where it is';
      throw new HttpError('too-long', `${label} sends more than ${maxBytes} bytes; ${hint}`);
    }
    chunks.push(chunk);
  }
  if (!response.complete) throw new HttpError('truncated', `${label} ended in the middle of its answer`);
  const { etag, 'last-modified': lastModified, 'content-type': contentType = '' } = response.headers;
  return { kind: 'page', bytes: Buffer.concat(chunks), contentType, marks: { etag, lastModified } };
}
