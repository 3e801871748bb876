import type { IssueAt } from '../../config/places.ts';
import { checkReadingKeys, parseReadingKey } from '../../config/reading-keys.ts';
import { quantityFacts } from '../../domain/quantity.ts';
import type { Issue, PathStep } from '../../lib/issue.ts';
import { unitConversion } from '../../mapping/unit-conversion.ts';
import { type EmonLayout, KNOWN_LAYOUTS } from '../../protocols/emon/layout.ts';

interface ValueEntry {
  readonly quantity: string;
  readonly field: string;
  readonly unit?: string | undefined;
}

/** A device of the file, as far as it is sound. */
interface DeviceEntry {
  readonly node?: number | undefined;
  readonly input?: number | undefined;
  readonly values?: readonly ValueEntry[] | undefined;
}

/** The layouts of the file, by node. */
export type LayoutEntries = Readonly<Record<string, EmonLayout>> | undefined;

/** One issue for each layout that cannot be. */
export function checkLayouts(layouts: LayoutEntries, path: readonly PathStep[], at: IssueAt): Issue[] {
  return Object.entries(layouts ?? {}).flatMap(([node, fields]) => {
    const names = fields.map(({ name }) => name.toLowerCase());
    const repeated = names.findIndex((name, index) => names.indexOf(name) < index);
    return [
      ...(/^\d{1,3}$/.test(node) && Number(node) <= 255
        ? []
        : [
            at([...path, node], `${JSON.stringify(node)} is no node`, 'allowed: a node number from 0 to 255'),
          ]),
      ...(repeated < 0
        ? []
        : [at([...path, node, repeated, 'name'], `a second field with the name ${names[repeated]}`)]),
    ];
  });
}

/** What of the values of one device does not go together; `layout` is that of its node. */
export function checkDevice(
  device: DeviceEntry,
  layout: EmonLayout | undefined,
  path: readonly PathStep[],
  at: IssueAt,
): Issue[] {
  const { values } = device;
  if (values === undefined) return checkUsual(device, layout, path, at);
  const place = (index: number, key: string) => [...path, 'values', index, key];
  const keys = values.map(({ quantity }, index) => ({ key: quantity, path: place(index, 'quantity') }));
  const inputIssue = at(
    [...path, 'input'],
    'input has no meaning where values are listed',
    'remove one of them',
  );
  return [
    ...checkReadingKeys(keys, at),
    ...(device.input === undefined ? [] : [inputIssue]),
    ...values.flatMap(({ quantity, field, unit }, index) => [
      ...(values.findIndex((other) => other.quantity === quantity) < index
        ? [at(place(index, 'quantity'), `a second value for ${quantity}`)]
        : []),
      ...checkUnit(quantity, unit, place(index, 'unit'), at),
      ...checkField(field, device.node, layout, place(index, 'field'), at),
    ]),
  ];
}

function checkUsual(
  { node, input = 1 }: DeviceEntry,
  layout: EmonLayout | undefined,
  path: readonly PathStep[],
  at: IssueAt,
): Issue[] {
  if (node === undefined) return [];
  const known = [...KNOWN_LAYOUTS.keys()].join(', ');
  if (layout === undefined)
    return [
      at(
        [...path, 'node'],
        `node ${node} has no layout`,
        `give it one in layouts, or values; known: ${known}`,
      ),
    ];
  const names = layout.map(({ name }) => name.toLowerCase());
  return usualFields(input).p.some((name) => names.includes(name))
    ? []
    : [
        at(
          path,
          `node ${node} has no usual field for clamp ${input}`,
          `list values; its fields: ${names.join(', ')}`,
        ),
      ];
}

function checkUnit(
  quantity: string,
  unit: string | undefined,
  path: readonly PathStep[],
  at: IssueAt,
): Issue[] {
  const code = parseReadingKey(quantity)?.code;
  if (code === undefined || unit === undefined || unitConversion(unit, code) !== undefined) return [];
  const wanted = quantityFacts(code).unit || 'a plain number';
  return [
    at(path, `${JSON.stringify(unit)} is no unit of ${quantity}`, `allowed: what can become ${wanted}`),
  ];
}

function checkField(
  field: string,
  node: number | undefined,
  layout: EmonLayout | undefined,
  path: readonly PathStep[],
  at: IssueAt,
): Issue[] {
  // Lines of plain numbers have a node and no names.
  if (node === undefined || /^\d/.test(field)) return [];
  if (layout === undefined) return [at(path, `node ${node} has no layout`, 'give it one in layouts')];
  const names = layout.map(({ name }) => name.toLowerCase());
  return names.includes(field.toLowerCase())
    ? []
    : [at(path, `node ${node} has no field ${field}`, `its fields: ${names.join(', ')}`)];
}

/** What the firmwares call the values of one clamp. */
export function usualFields(input: number) {
  return {
    p: [`p${input}`, `power${input}`, `ct${input}`],
    v: ['vrms', 'v1'],
    e_imp: [`e${input}`],
  } as const;
}
