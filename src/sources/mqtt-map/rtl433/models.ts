import type { Rtl433Value } from './config.ts';

/** The same model in all spellings of its versions: "Efergy e2 CT", "Efergy-e2CT" -> "efergye2ct". */
export function plainName(model: string): string {
  return model.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** Whether a packet's model is the one that is meant; the begin of a name is enough. */
export function isModel(meant: string, found: string): boolean {
  const [wanted, name] = [plainName(meant), plainName(found)];
  return wanted !== '' && name.startsWith(wanted);
}

interface KnownModel {
  readonly begins: string;
  readonly values: readonly Rtl433Value[];
}

const EFERGY_FIELDS = ['current', 'current_A'];

const MODELS: readonly KnownModel[] = [
  // Measures the current alone; its power is whatever somebody assumes the voltage to be.
  { begins: 'efergye2', values: [{ code: 'i', unit: 'A', fields: EFERGY_FIELDS }] },
  { begins: 'efergy', values: [{ code: 'i', unit: 'A', fields: EFERGY_FIELDS }] },
  // A channel without a clamp says 0, so only the first is taken without being asked for.
  {
    begins: 'currentcost',
    values: [
      {
        code: 'p',
        unit: 'W',
        fields: ['power0_W', 'power0'],
        doubt: 'the transmitter measures the current and assumes a voltage: nearer to VA than to W',
      },
    ],
  },
  {
    begins: 'emontx',
    values: [
      { code: 'p', unit: 'W', fields: ['ct1'] },
      { code: 'v', unit: 'V', fields: ['batt_Vrms', 'Vrms'] },
    ],
  },
];

/** What a known model measures; undefined for one whose fields the user has to name. */
export function valuesOfModel(
  model: string,
  nominalV: number | undefined,
): readonly Rtl433Value[] | undefined {
  const known = MODELS.find(({ begins }) => plainName(model).startsWith(begins));
  if (known === undefined || nominalV === undefined || !known.begins.startsWith('efergy'))
    return known?.values;
  const doubt = `the measured current times an assumed voltage of ${nominalV} V`;
  return [...known.values, { code: 's', unit: 'VA', fields: EFERGY_FIELDS, assumedV: nominalV, doubt }];
}

const UNITS_OF_FIELDS: readonly (readonly [RegExp, string])[] = [
  [/^ct[1-4]$/, 'W'],
  [/^power\d*(_W)?$/, 'W'],
  [/(^|_)Vrms$/, 'V'],
  [/^current(_A)?$/, 'A'],
  [/_kWh$/, 'kWh'],
  [/_W$/, 'W'],
  [/_V$/, 'V'],
  [/_A$/, 'A'],
  [/_C$/, '°C'],
];

/** rtl_433 writes the unit into the name of a field, behind "_"; the names without are those of its decoders. */
export function unitOfField(field: string): string | undefined {
  return UNITS_OF_FIELDS.find(([pattern]) => pattern.test(field))?.[1];
}
