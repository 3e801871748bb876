/** A line attached to the world: a listener or a serial port. */
export interface Wire {
  /** Where it listens; absent for serial ports. */
  readonly port: number | undefined;
  close(): Promise<void>;
}

/** An error of the system in words: where, what, and what to do about it. */
export function wireError(place: string, cause: unknown): Error {
  const code = cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? '') : '';
  const text = cause instanceof Error ? cause.message : String(cause);
  const reason = Object.hasOwn(REASONS, code) ? REASONS[code] : text;
  return new Error(`the simulator cannot open ${place}: ${reason}`, { cause });
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use by another program; stop it or choose another port',
  EADDRNOTAVAIL: 'this computer does not have that address; use 127.0.0.1 or 0.0.0.0',
  EACCES: 'no permission; ports below 1024 need root, serial ports the group dialout',
};
