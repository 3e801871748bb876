import type { Emit, Notice } from '../domain/event.ts';
import type { Clock } from '../lib/clock.ts';

/** What is wrong at the moment: told once when it begins and once when it ends. */
export interface Episodes {
  begin(key: string, code: string, message: string, deviceId?: string): void;
  end(key: string, code: string, message: string, deviceId?: string): void;
}

export function createEpisodes(emit: Emit, clock: Clock): Episodes {
  const open = new Set<string>();
  const tell = (level: Notice['level'], code: string, message: string, deviceId?: string) =>
    emit({
      type: 'notice',
      level,
      code,
      message,
      at: clock.now(),
      ...(deviceId === undefined ? {} : { deviceId }),
    });
  return {
    begin(key, code, message, deviceId) {
      if (open.has(key)) return;
      open.add(key);
      tell('warn', code, message, deviceId);
    },
    end(key, code, message, deviceId) {
      if (open.delete(key)) tell('info', code, message, deviceId);
    },
  };
}
