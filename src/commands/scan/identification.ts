import { decodeRaw, decodeText, wordCount } from '../../meters/decode-register.ts';
import type { Identification, MeterProfile } from '../../meters/profile.ts';
import { formatHex } from '../output.ts';
import type { UnitAsker } from './ask-unit.ts';

/** Texts that a unit gave about itself. */
export interface UnitTexts {
  readonly deviceIdentification: string | undefined;
  readonly serverId: string | undefined;
}

/** Whether the ways to recognise a model speak for it. `unknown`: it has none, or the unit said nothing. */
export interface Verdict {
  readonly kind: 'matched' | 'contradicted' | 'unknown';
  readonly reason: string | undefined;
}

/** Asks what the profile wants asked and compares. One way that fits is enough. */
export async function judgeIdentification(
  profile: MeterProfile,
  unit: UnitAsker,
  texts: UnitTexts,
): Promise<Verdict> {
  let last: Verdict = { kind: 'unknown', reason: undefined };
  for (const way of profile.identify) {
    const verdict = await judgeWay(way, unit, texts);
    if (verdict.kind === 'matched') return verdict;
    if (verdict.kind === 'contradicted' || last.reason === undefined) last = verdict;
  }
  return last;
}

async function judgeWay(way: Identification, unit: UnitAsker, texts: UnitTexts): Promise<Verdict> {
  switch (way.by) {
    case 'server-id':
      return judgeText(way.matches, texts.serverId, 'server id (function code 17)');
    case 'device-identification':
      return judgeText(
        way.matches,
        texts.deviceIdentification,
        'device identification (function code 43/14)',
      );
    case 'text': {
      const { table, address, count } = way;
      const words = await unit.read({ table, address, count });
      const place = `text at ${table} ${formatHex(address)}`;
      return judgeText(way.matches, typeof words === 'string' ? undefined : decodeText(words), place);
    }
    case 'register': {
      const { table, address, type, wordOrder } = way;
      const words = await unit.read({ table, address, count: wordCount(type) });
      const place = `identification register ${table} ${formatHex(address)}`;
      if (typeof words === 'string') return { kind: 'unknown', reason: `no ${place}` };
      const value = decodeRaw(type, wordOrder, words);
      const isRight = value !== undefined && way.equals.includes(value);
      return { kind: isRight ? 'matched' : 'contradicted', reason: `${place} holds ${value ?? 'no number'}` };
    }
  }
}

function judgeText(pattern: string, text: string | undefined, place: string): Verdict {
  if (text === undefined || text === '') return { kind: 'unknown', reason: `no ${place}` };
  const isRight = new RegExp(pattern, 'u').test(text);
  return { kind: isRight ? 'matched' : 'contradicted', reason: `${place} says "${text}"` };
}
