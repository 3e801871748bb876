import type { Reading } from '../../../domain/reading.ts';
import { parseJson } from '../../../mapping/json-text.ts';
import { toTime } from '../../../mapping/time-text.ts';
import type { ArrivedMessage } from '../mapper.ts';
import { shortText } from '../pushed/payload-text.ts';
import type { Arrival } from '../pushed/plug.ts';
import { type Refusal, readValue } from '../pushed/value-rule.ts';
import type { StatestreamValue } from './config.ts';

/** The topics of an entity that are read. */
export const ENTITY_TOPICS = ['state', 'unit_of_measurement', 'last_updated'] as const;
export type EntityTopic = (typeof ENTITY_TOPICS)[number];

export const entityTopic = (base: string, entity: string, topic: EntityTopic) =>
  `${base}/${entity.replace('.', '/')}/${topic}`;

const ABSENT_WORDS = ['unknown', 'unavailable'];
const MAX_UNIT_BYTES = 256;

/** What an entity said, put together from the topics that follow each other. */
export interface Entity {
  /** True when it said a new state, which should wait for its time and unit. */
  hear(topic: EntityTopic, message: ArrivedMessage): boolean;
  /** The reading of the newest state, once; undefined where there is none to tell. */
  settle():
    | { readonly reading: Reading | Refusal; readonly arrival: Arrival; readonly saidTime?: number }
    | undefined;
  /** Home Assistant itself has no value of it. */
  readonly isAbsent: boolean;
}

export function createEntity(value: StatestreamValue): Entity {
  let state: { readonly text: string | undefined; readonly arrival: Arrival } | undefined;
  let unit: string | undefined;
  let saidTime: number | undefined;
  let isAbsent = false;

  return {
    get isAbsent() {
      return isAbsent;
    },
    hear(topic, message) {
      if (topic === 'unit_of_measurement') {
        const said = parseJson(message.payload, MAX_UNIT_BYTES);
        unit = typeof said === 'string' ? said : undefined;
        return false;
      }
      if (topic === 'last_updated') {
        saidTime = toTime(shortText(message.payload));
        return false;
      }
      const text = shortText(message.payload);
      isAbsent = text !== undefined && ABSENT_WORDS.includes(text.trim());
      state = isAbsent ? undefined : { text, arrival: message };
      // The time comes behind the state that it belongs to.
      saidTime = undefined;
      return !isAbsent;
    },
    settle() {
      if (state === undefined) return undefined;
      const { text, arrival } = state;
      state = undefined;
      return {
        reading: readValue(value, text, unit),
        arrival,
        ...(saidTime === undefined ? {} : { saidTime }),
      };
    },
  };
}
