import { stringify } from 'yaml';
import { displayName, id as idRule } from '../../config/scalars.ts';
import { sectionSchema } from '../../config/source-sections.ts';
import type { Finding } from './finding.ts';

/** One source of the configuration to paste, as plain values. */
export interface DiscoveredSection {
  readonly type: string;
  readonly id: string;
  readonly devices: readonly Readonly<Record<string, unknown>>[];
  readonly [key: string]: unknown;
}

const MAX_ID = 56;

/** Topic levels made from names: unique, of lower-case letters, digits and "_". */
export function createIds(): (name: string) => string {
  const used = new Set<string>();
  return (name) => {
    const plain = name
      .normalize('NFKD')
      .replaceAll(/\p{M}/gu, '')
      .replaceAll('ß', 'ss')
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '_')
      .replaceAll(/^_+|_+$/g, '')
      .slice(0, MAX_ID)
      .replaceAll(/_+$/g, '');
    const begin = idRule.safeParse(plain).success ? plain : `device${plain === '' ? '' : `_${plain}`}`;
    let id = begin;
    for (let count = 2; used.has(id); count++) id = `${begin}_${count}`;
    used.add(id);
    return id;
  };
}

/** The sections with these devices; devices that their own kind would refuse are left out. */
export function sectionsOf(
  findings: readonly Finding[],
  broker: Readonly<Record<string, unknown>> | undefined,
): readonly DiscoveredSection[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.kind.type, finding.section]);
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  const sourceId = createIds();
  const deviceId = createIds();
  return [...groups.values()].flatMap((group): DiscoveredSection[] => {
    const [first] = group;
    const devices = group.flatMap((finding) => deviceEntry(finding, deviceId));
    if (first === undefined || devices.length === 0) return [];
    const { kind, section } = first;
    const place = broker === undefined ? {} : { broker };
    return [{ type: kind.type, id: sourceId(kind.type), ...place, ...section, devices }];
  });
}

function deviceEntry({ kind, section, device, name }: Finding, idOf: (name: string) => string) {
  if (device === undefined) return [];
  const alone = { type: kind.type, id: 'source', ...section, devices: [{ id: 'device', ...device }] };
  if (!sectionSchema(kind).safeParse(alone).success) return [];
  const plainName = name.replaceAll(/\p{Cc}/gu, ' ').trim();
  return [
    {
      id: idOf(name),
      ...(displayName.safeParse(plainName).success ? { name: plainName } : {}),
      ...device,
    },
  ];
}

/** The file of a user with these sources in it. */
export function formatSections(sections: readonly DiscoveredSection[]): string {
  // Two sections can have one list of values in common; YAML would write it as an alias.
  return stringify({ sources: sections }, { lineWidth: 0, aliasDuplicateObjects: false });
}
