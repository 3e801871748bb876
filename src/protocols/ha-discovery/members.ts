/**
 * The keys of a discovery message that matter to a reader, with their short forms
 * (Home Assistant documentation, MQTT, "Supported abbreviations in MQTT discovery messages").
 */
const SHORT_FORMS = {
  availability: 'avty',
  availability_mode: 'avty_mode',
  availability_template: 'avty_tpl',
  availability_topic: 'avty_t',
  components: 'cmps',
  connections: 'cns',
  device: 'dev',
  device_class: 'dev_cla',
  expire_after: 'exp_aft',
  identifiers: 'ids',
  manufacturer: 'mf',
  model: 'mdl',
  name: 'name',
  object_id: 'obj_id',
  origin: 'o',
  payload_available: 'pl_avail',
  payload_not_available: 'pl_not_avail',
  platform: 'p',
  state_class: 'stat_cla',
  state_topic: 'stat_t',
  topic: 't',
  unique_id: 'uniq_id',
  unit_of_measurement: 'unit_of_meas',
  value_template: 'val_tpl',
} as const;

export type Member = keyof typeof SHORT_FORMS;

/** A section of a message: an object whose keys are anything at all, so only own properties are looked at. */
export type Section = Readonly<Record<string, unknown>>;

export function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The member under its long or short name. */
export function memberOf(section: Section, name: Member): unknown {
  if (Object.hasOwn(section, name)) return section[name];
  const short = SHORT_FORMS[name];
  return Object.hasOwn(section, short) ? section[short] : undefined;
}

const MAX_TEXT = 1024;

/** Text, or a number written as such (ids are); undefined for everything else, for '' and for what is too long. */
export function textOf(section: Section, name: Member): string | undefined {
  const value = memberOf(section, name);
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value !== '' && value.length <= MAX_TEXT ? value : undefined;
}

const MAX_TOPIC = 512;

/** A topic with the base `~` put in at its start or end; undefined where it is none to subscribe to. */
export function topicOf(section: Section, name: Member, base: string | undefined): string | undefined {
  const text = textOf(section, name);
  if (text === undefined) return undefined;
  const topic = base === undefined ? text : withBase(text, base);
  return isPlainTopic(topic) ? topic : undefined;
}

function withBase(text: string, base: string): string {
  const begun = text.startsWith('~') ? base + text.slice(1) : text;
  return begun.endsWith('~') ? begun.slice(0, -1) + base : begun;
}

function isPlainTopic(topic: string): boolean {
  return topic.length <= MAX_TOPIC && !topic.startsWith('$') && !/[+#\0]/.test(topic);
}

/** The base topic of a section. */
export function baseOf(section: Section): string | undefined {
  const base = Object.hasOwn(section, '~') ? section['~'] : undefined;
  return typeof base === 'string' && base.length <= MAX_TOPIC ? base : undefined;
}
