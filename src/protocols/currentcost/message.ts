import { childOf, type Element, hasChild, parseElement } from './element.ts';

/**
 * One message of a Current Cost display (CC128, EnviR, Classic), about every six seconds for each transmitter.
 *
 *     <msg>                                   <msg>
 *       <src>CC128-v0.11</src>                  <date><dsb>00030</dsb><hr>00</hr>...</date>
 *       <dsb>00160</dsb>                        <src>
 *       <time>11:52:58</time>                     <name>CC02</name> <id>00077</id>
 *       <tmpr>28.9</tmpr>  (or tmprF)             <type>1</type> <sver>1.06</sver>
 *       <sensor>0</sensor> 0 mains, 1-9 plugs   </src>
 *       <id>03583</id>     of the transmitter   <ch1><watts>00168</watts></ch1> ch2 ch3
 *       <type>1</type>     1 electricity        <tmpr>25.6</tmpr>
 *       <ch1><watts>01352</watts></ch1>         <hist>...</hist>     in every message
 *     </msg>                                  </msg>
 *         CC128, EnviR                            Classic
 *
 * The CC128 sends its history in messages of their own, with `hist` in place of the channels; the Classic adds it to
 * each message. There is no checksum, so numbers are taken only with the width in which the display prints them: a
 * lost character makes no other number. currentcost.com/cc128/xml.htm, sections 2 and 3.
 */
export type CurrentCostMessage =
  | {
      readonly kind: 'live';
      /** As the display names itself: `CC128-v0.11`, `CC02`. */
      readonly model: string;
      readonly sensor: number;
      /** Of the transmitter. */
      readonly radio: number;
      /** In the room of the display, °C. */
      readonly temperature: number | undefined;
      /** By channel, 1 to 3; computed from current with an assumed voltage. */
      readonly watts: ReadonlyMap<number, number>;
    }
  | { readonly kind: 'history' }
  /** Of a transmitter that counts pulses, not electricity. */
  | { readonly kind: 'other-type' };

const WATTS = /^(\d{5}|-\d{4})$/;
const CHANNELS = [1, 2, 3] as const;

/** Reads one message from `<msg>` to `</msg>`; undefined where anything in it is not as it must be. Never throws. */
export function parseCurrentCostMessage(text: string): CurrentCostMessage | undefined {
  const message = parseElement(text);
  if (message?.name !== 'msg') return undefined;
  const hasChannel = CHANNELS.some((channel) => hasChild(message, `ch${channel}`));
  if (hasChild(message, 'hist') && !hasChannel) return { kind: 'history' };
  const source = childOf(message, 'src');
  if (source === undefined) return undefined;
  const isClassic = source.children.length > 0;
  const unit = isClassic ? source : message;
  const model = (isClassic ? childOf(source, 'name')?.text : source.text) ?? '';
  const type = childOf(unit, 'type')?.text;
  const radio = digits(childOf(unit, 'id'), /^\d{5}$/);
  const sensor = isClassic ? 0 : digits(childOf(message, 'sensor'), /^\d$/);
  if (!/^[\x21-\x7e]{1,32}$/.test(model) || radio === undefined || sensor === undefined) return undefined;
  if (type !== '1') return type !== undefined && /^\d$/.test(type) ? { kind: 'other-type' } : undefined;
  const watts = readWatts(message);
  const temperature = readTemperature(message);
  if (watts === undefined || temperature === 'malformed') return undefined;
  return { kind: 'live', model, sensor, radio, temperature, watts };
}

function digits(element: Element | undefined, form: RegExp): number | undefined {
  return element !== undefined && form.test(element.text) ? Number(element.text) : undefined;
}

function readWatts(message: Element): ReadonlyMap<number, number> | undefined {
  const watts = new Map<number, number>();
  for (const channel of CHANNELS) {
    if (!hasChild(message, `ch${channel}`)) continue;
    const value = digits(childOf(childOf(message, `ch${channel}`), 'watts'), WATTS);
    if (value === undefined) return undefined;
    // "-0000" is zero.
    watts.set(channel, value === 0 ? 0 : value);
  }
  return watts.size === 0 ? undefined : watts;
}

function readTemperature(message: Element): number | undefined | 'malformed' {
  const isFahrenheit = hasChild(message, 'tmprF');
  if (!isFahrenheit && !hasChild(message, 'tmpr')) return undefined;
  const degrees = digits(childOf(message, isFahrenheit ? 'tmprF' : 'tmpr'), /^-?\d{1,3}\.\d$/);
  if (degrees === undefined) return 'malformed';
  return isFahrenheit ? Math.round(((degrees - 32) * 50) / 9) / 10 : degrees === 0 ? 0 : degrees;
}
