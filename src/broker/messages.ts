import type { StoredUser } from './authenticator.ts';

/** All that a broker worker needs to know; plain values, handed over when the thread starts. */
export interface WorkerSettings {
  readonly host: string;
  readonly users: readonly StoredUser[];
  readonly isOpen: boolean;
  readonly owner: { readonly username: string; readonly password: string };
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly maxPacketBytes: number;
  readonly maxRetainedTopics: number;
  readonly maxRetainedBytes: number;
  readonly maxQueuedMessages: number;
  readonly connectTimeoutMs: number;
}

/** What the gateway tells the worker. */
export type ToWorker =
  | { readonly type: 'listen'; readonly port: number; readonly websocketPort: number | undefined }
  | { readonly type: 'ask' }
  | { readonly type: 'stop' };

/** What the worker answers: `ready` once loaded, `figures` to each `ask`. */
export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'listening'; readonly port: number; readonly websocketPort: number | undefined }
  | { readonly type: 'listen-failed'; readonly code: string; readonly message: string }
  | { readonly type: 'figures'; readonly figures: Figures }
  | { readonly type: 'fault'; readonly message: string }
  | { readonly type: 'stopped' };

/** Counters and measures by name: plain numbers, nested one level. */
export interface Figures {
  readonly [name: string]: number | { readonly [name: string]: number };
}

/** Checks a message of the worker, which runs what strangers sent; undefined for anything unknown. */
export function parseFromWorker(value: unknown): FromWorker | undefined {
  if (!isRecord(value)) return undefined;
  switch (value.type) {
    case 'ready':
    case 'stopped':
      return { type: value.type };
    case 'listening': {
      const { port, websocketPort } = value;
      if (!isPort(port) || (websocketPort !== undefined && !isPort(websocketPort))) return undefined;
      return { type: 'listening', port, websocketPort };
    }
    case 'listen-failed':
      if (typeof value.code !== 'string' || typeof value.message !== 'string') return undefined;
      return { type: 'listen-failed', code: value.code, message: value.message };
    case 'fault':
      return typeof value.message === 'string' ? { type: 'fault', message: value.message } : undefined;
    case 'figures':
      return isFigures(value.figures) ? { type: 'figures', figures: value.figures } : undefined;
    default:
      return undefined;
  }
}

/** Checks a message of the gateway; undefined for anything unknown. */
export function parseToWorker(value: unknown): ToWorker | undefined {
  if (!isRecord(value)) return undefined;
  const { type, port, websocketPort } = value;
  if (type === 'ask' || type === 'stop') return { type };
  if (type !== 'listen' || !isPort(port)) return undefined;
  return { type, port, websocketPort: isPort(websocketPort) ? websocketPort : undefined };
}

/** Checks the settings a worker was started with. Throws where they are not what the gateway sends. */
export function parseSettings(value: unknown): WorkerSettings {
  if (!isRecord(value) || typeof value.host !== 'string' || !Array.isArray(value.users))
    throw new Error('the broker worker was started without settings');
  return value as unknown as WorkerSettings; // made by the same program, of the same build
}

function isFigures(value: unknown): value is Figures {
  if (!isRecord(value)) return false;
  return Object.values(value).every(
    (entry) =>
      typeof entry === 'number' ||
      (isRecord(entry) && Object.values(entry).every((inner) => typeof inner === 'number')),
  );
}

function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65_535;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
