import { type Meaning, vector } from './published.ts';

/** Topic, payload, whether the broker keeps it. */
export type Message = readonly [topic: string, payload: unknown, retain?: boolean];

export interface MqttSample extends Meaning {
  readonly id: string;
  /** Without `broker`. */
  readonly section: Readonly<Record<string, unknown>>;
  /** In this order, among them the published one. */
  readonly messages: readonly Message[];
  /** Sent last: the device is gone; before it nothing may say so. */
  readonly farewell?: Message;
  readonly startAt?: number;
}

export const OWN_TIME = 'is the time of the sample, not a reading';

export const section = (type: string, device: object, fields: object = {}) => ({
  type,
  ...fields,
  devices: [{ id: 'plug', ...device }],
});
export const published = (id: string, retain = false): Message => {
  const { topic = '', payload } = vector(id);
  return [topic, payload, retain];
};
export const levelOf = (id: string, level: number) => vector(id).topic?.split('/')[level] ?? '';
