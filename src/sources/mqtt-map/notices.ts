import type { MapperSurroundings } from './mapper.ts';

/** What is wrong with a device, or with the program behind it, and what to do. */
export interface Trouble {
  /** Stable word for programs: `plug-unknown`. */
  readonly code: string;
  readonly message: string;
  /** What is said when it is over. */
  readonly over: string;
  readonly deviceId?: string;
}

/** One notice when a trouble begins, one when it ends (its code with `-over`). */
export interface Troubles {
  /** What is wrong with `about` now; undefined where nothing is. */
  tell(about: string, trouble: Trouble | undefined): void;
}

export function createTroubles({
  emit,
  clock,
  sourceId,
}: Pick<MapperSurroundings, 'emit' | 'clock' | 'sourceId'>): Troubles {
  const current = new Map<string, Trouble>();
  const say = (level: 'info' | 'warn', code: string, message: string, deviceId: string | undefined) =>
    emit({
      type: 'notice',
      level,
      code,
      message: `${sourceId}: ${message}`,
      at: clock.now(),
      bus: sourceId,
      ...(deviceId === undefined ? {} : { deviceId }),
    });
  return {
    tell(about, trouble) {
      const before = current.get(about);
      if (before?.code === trouble?.code) return;
      if (trouble !== undefined) {
        current.set(about, trouble);
        say('warn', trouble.code, trouble.message, trouble.deviceId);
      } else if (before !== undefined) {
        current.delete(about);
        say('info', `${before.code}-over`, before.over, before.deviceId);
      }
    },
  };
}
