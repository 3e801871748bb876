/** Who may do what. `owner` is the gateway itself. */
export type Role = 'read' | 'write' | 'admin' | 'owner';

export interface Principal {
  /** Absent for a client without a login. */
  readonly name: string | undefined;
  readonly role: Role;
}

/**
 * Nobody publishes below `$`: aedes steers itself with messages there (`$SYS/+/new/clients` closes a client,
 * `$SYS/+/heartbeat` fills a table).
 */
export function mayPublish(role: Role, topic: string): boolean {
  return role !== 'read' && !topic.startsWith('$');
}

export function maySubscribe(role: Role, filter: string): boolean {
  return !isReserved(filter) || role === 'admin' || role === 'owner';
}

/** Asked again at every delivery: a session may be older than the rights of the one who resumes it. */
export function mayReceive(role: Role, topic: string): boolean {
  return !isReserved(topic) || role === 'admin' || role === 'owner';
}

// `$share/` is no topic: aedes refuses it in MQTT 5, and in 3.1.1 nothing is ever published there.
function isReserved(topic: string): boolean {
  return topic.startsWith('$') && !topic.startsWith('$share/');
}
