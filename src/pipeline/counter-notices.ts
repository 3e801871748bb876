import type { Device } from '../domain/device.ts';
import type { Notice } from '../domain/event.ts';
import type { LevelChange } from './counter-guard.ts';

/** The same is told of a counter once an hour at most: some plugs reboot all day. */
const SAME_AGAIN_MS = 3_600_000;

/** One change of level, for people. */
export interface LevelStory {
  readonly key: string;
  readonly change: LevelChange;
  /** What the device's own counter showed before and shows now. */
  readonly from: number;
  readonly to: number;
  readonly published: number;
  readonly at: number;
}

/** The notices of one device's counters; what was just told is held back. */
export class CounterNotices {
  readonly #toldAt = new Map<string, number>();

  /** Undefined where there is nothing to tell: a daily counter that begins its day. */
  levelChange(device: Device, story: LevelStory): Notice | undefined {
    const words = WORDS[story.change];
    if (words === undefined) return undefined;
    const { key, from, to, at } = story;
    if (this.#wasJustTold(`${key} ${words.code}`, at)) return undefined;
    const figures = `from ${figure(from)} to ${figure(to)}`;
    const message = `${device.id} ${key}: the device's counter ${words.what}, ${figures}; ${words.sequel} ${figure(story.published)}`;
    const isExpected = device.quantities.some(({ resets }) => resets === 'at-boot');
    const level = story.change === 'reset' && isExpected ? 'info' : words.level;
    return { type: 'notice', level, code: words.code, message, at, deviceId: device.id };
  }

  /** One notice for all counters of a device that is another piece of hardware than before. */
  swap(device: Device, before: string, at: number): Notice | undefined {
    if (this.#wasJustTold('swap', at)) return undefined;
    const message = `${device.id} is another device than before (${device.identity ?? 'unknown'}, was ${before}); its counters go on from where they were. \`busbar counters set\` changes that`;
    return { type: 'notice', level: 'info', code: 'device-swapped', message, at, deviceId: device.id };
  }

  #wasJustTold(story: string, at: number): boolean {
    const before = this.#toldAt.get(story);
    if (before !== undefined && Math.abs(at - before) < SAME_AGAIN_MS) return true;
    this.#toldAt.set(story, at);
    return false;
  }
}

interface Words {
  readonly code: string;
  readonly level: Notice['level'];
  readonly what: string;
  readonly sequel: string;
}

const WORDS: Readonly<Record<LevelChange, Words | undefined>> = {
  restart: undefined,
  reset: { code: 'counter-reset', level: 'warn', what: 'was reset', sequel: 'what is published goes on at' },
  level: {
    code: 'counter-level',
    level: 'warn',
    what: 'goes on from a lower level (another device, or it was set)',
    sequel: 'no energy is counted for that; what is published goes on at',
  },
  jump: {
    code: 'counter-jump',
    level: 'warn',
    what: 'goes on from a higher level than any load explains',
    sequel: 'no energy is counted for that; what is published goes on at',
  },
  back: {
    code: 'counter-back',
    level: 'info',
    what: 'is back at its former level',
    sequel: 'what is published goes on at',
  },
};

function figure(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
