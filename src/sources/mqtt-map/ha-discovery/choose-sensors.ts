import { readingKey } from '../../../domain/reading.ts';
import { unitConversion } from '../../../mapping/unit-conversion.ts';
import type { DiscoveredSensor } from '../../../protocols/ha-discovery/discovery-config.ts';
import { type Expression, parseTemplate } from '../../../protocols/ha-discovery/template.ts';
import type { PushedValue } from '../pushed/value-rule.ts';
import type { SensorSelection } from './config.ts';
import { quantityOfSensor } from './quantity-of-sensor.ts';

/** A sensor that is read, and what it is here. */
export interface ChosenSensor {
  readonly sensor: DiscoveredSensor;
  readonly value: PushedValue;
  /** Absent: the payload is the value. */
  readonly template: Expression | undefined;
}

export interface Choice {
  readonly chosen: readonly ChosenSensor[];
  /** Sentences about sensors that cannot be read, each for one notice. */
  readonly problems: readonly string[];
}

interface Candidate {
  readonly sensor: DiscoveredSensor;
  readonly value: PushedValue;
  readonly rank: number;
}

/** Which of the announced sensors are read: those of the selection, or one a quantity. */
export function chooseSensors(
  announced: readonly DiscoveredSensor[],
  selection: readonly SensorSelection[] | undefined,
): Choice {
  const problems: string[] = [];
  const candidates =
    selection === undefined ? guessed(announced, problems) : selected(announced, selection, problems);
  const chosen = candidates.flatMap(({ sensor, value }): ChosenSensor[] => {
    if (sensor.template === undefined) return [{ sensor, value, template: undefined }];
    const template = parseTemplate(sensor.template);
    if (!('unsupported' in template)) return [{ sensor, value, template }];
    const text = sensor.template.length > 120 ? `${sensor.template.slice(0, 117)}...` : sensor.template;
    problems.push(
      `the template of ${nameOf(sensor)} is not supported, so it is not read: ${template.unsupported}: ${text}`,
    );
    return [];
  });
  return { chosen, problems };
}

/** The name of a sensor in messages, with which it can be selected. */
function nameOf({ uniqueId, objectId }: DiscoveredSensor): string {
  return uniqueId ?? objectId;
}

function selected(
  announced: readonly DiscoveredSensor[],
  selection: readonly SensorSelection[],
  problems: string[],
): readonly Candidate[] {
  return selection.flatMap(({ sensor: wanted, key, resets }): Candidate[] => {
    const sensor = announced.find(
      ({ uniqueId, objectId, name }) => uniqueId === wanted || objectId === wanted || name === wanted,
    );
    if (sensor === undefined) return [];
    const code = key?.code ?? quantityOfSensor(sensor)?.code;
    if (code === undefined || unitConversion(sensor.unit ?? '', code) === undefined) {
      const unit = sensor.unit === undefined ? 'no unit' : `the unit "${sensor.unit}"`;
      problems.push(
        `${nameOf(sensor)} is announced with ${unit}, which is none of ${code ?? 'a known quantity'}; it is not read`,
      );
      return [];
    }
    const value = { code, ...(key?.phase === undefined ? {} : { phase: key.phase }) };
    return [{ sensor, value: withFacts(value, sensor, resets), rank: 0 }];
  });
}

function guessed(announced: readonly DiscoveredSensor[], problems: string[]): readonly Candidate[] {
  const byKey = new Map<string, Candidate[]>();
  for (const sensor of announced) {
    const guess = quantityOfSensor(sensor);
    if (guess === undefined) continue;
    const value = withFacts({ code: guess.code }, sensor, guess.resets);
    const rivals = byKey.get(readingKey(value)) ?? [];
    // One sensor that is announced in two places is one sensor.
    if (rivals.some((rival) => isSame(rival.sensor, sensor))) continue;
    byKey.set(readingKey(value), [...rivals, { sensor, value, rank: guess.rank }]);
  }
  return [...byKey].flatMap(([key, rivals]) => {
    const best = Math.max(...rivals.map(({ rank }) => rank));
    const winners = rivals.filter(({ rank }) => rank === best);
    if (winners.length === 1) return winners;
    const names = winners.map(({ sensor }) => nameOf(sensor));
    problems.push(
      `${names.slice(0, 6).join(', ')} are all announced as ${key}; say with \`sensors\` which of them to read`,
    );
    return [];
  });
}

const isSame = (a: DiscoveredSensor, b: DiscoveredSensor) =>
  a.stateTopic === b.stateTopic && a.template === b.template;

function withFacts(
  value: Pick<PushedValue, 'code' | 'phase'>,
  { unit }: DiscoveredSensor,
  resets: PushedValue['resets'] | undefined,
): PushedValue {
  return { ...value, unit: unit ?? '', ...(resets === undefined ? {} : { resets }) };
}
