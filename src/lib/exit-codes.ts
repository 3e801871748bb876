/** What the operating system is told at the end: the codes of BSD's `sysexits.h`, and 130 for Ctrl-C. */
export const EXIT = {
  ok: 0,
  /** The command line cannot be understood. */
  usage: 64,
  /** What was read is not what it should be. */
  data: 65,
  /** The meter, host or port is not there. */
  unavailable: 69,
  /** A mistake of this program. */
  software: 70,
  /** Bytes were lost or damaged on the way. */
  io: 74,
  noPermission: 77,
  configuration: 78,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
