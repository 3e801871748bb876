import { formatConnection } from '../../config/connection.ts';
import { formatTable, plainText, wrapText } from '../../lib/table.ts';
import { settingsText } from './line-settings.ts';
import type { FoundUnit, ScanResult } from './scan-bus.ts';
import type { ScanConfig } from './scan-config.ts';

const WIDTH = 98;

const COLUMNS = [
  { title: 'UNIT', align: 'right' },
  { title: 'LINE' },
  { title: 'METER' },
  { title: 'NAME' },
  { title: '' },
] as const;

const CERTAINTY_WORDS = {
  identified: 'says so itself',
  likely: 'its values fit',
  ambiguous: 'not certain, see below',
  unknown: 'no profile fits',
} as const;

/**
 * Findings and configuration. What is for people stands in comments, so that the whole output can be saved
 * as the file it shows.
 */
export function scanPage(
  result: ScanResult,
  config: ScanConfig | undefined,
  yaml: string | undefined,
): string[] {
  const comments = [
    ...formatTable(COLUMNS, result.units.map(unitRow)),
    '',
    ...result.units.flatMap(evidenceLines),
    ...(config?.leftOut ?? []).flatMap(leftOutLines),
    ...result.notes.flatMap((note) => wrapText(note, WIDTH)),
  ];
  const trimmed = comments.at(-1) === '' ? comments.slice(0, -1) : comments;
  const head = trimmed.map((line) => (line === '' ? '#' : `# ${plainText(line)}`));
  return yaml === undefined ? head : [...head, '', yaml.trimEnd()];
}

function unitRow({ unitId, connection, identity }: FoundUnit): string[] {
  const [best] = identity.candidates;
  return [
    String(unitId),
    connection.line === undefined ? '' : settingsText(connection.line),
    best?.profile.id ?? '?',
    best === undefined ? '' : `${best.profile.manufacturer} ${best.profile.model}`,
    CERTAINTY_WORDS[identity.certainty],
  ];
}

function evidenceLines({ unitId, identity }: FoundUnit): string[] {
  const { candidates, certainty, deviceIdentification, serverId } = identity;
  const shown = certainty === 'ambiguous' ? candidates : candidates.slice(0, 1);
  const lines = shown.map(({ profile, speaksFor, speaksAgainst }) => {
    const against = speaksAgainst.length === 0 ? '' : `; against it: ${speaksAgainst.join(', ')}`;
    return `Unit ${unitId}, ${profile.id}: ${speaksFor.join(', ')}${against}`;
  });
  const texts = [deviceIdentification, serverId].filter((text) => text !== undefined);
  if (candidates.length === 0) {
    const said = texts.length === 0 ? '' : ` It says "${texts.join('", "')}".`;
    lines.push(`Unit ${unitId} answers, and no profile fits it.${said} \`busbar meters\` lists the models.`);
  } else if (certainty === 'ambiguous')
    lines.push(`Unit ${unitId} can be any of these; look at its label, and change "meter" below if need be.`);
  if (candidates[0]?.wordOrder !== undefined)
    lines.push(
      `Unit ${unitId} sends its words in another order than its profile says; "wordOrder" below says so.`,
    );
  return lines.flatMap((line) => wrapText(line, WIDTH, '  '));
}

function leftOutLines({ unitId, identity, connection }: FoundUnit): string[] {
  if (identity.candidates.length === 0) return [];
  const line = connection.line === undefined ? '' : ` (${settingsText(connection.line)})`;
  const text = `Unit ${unitId} has other settings than the rest${line} and is left out; set it to theirs.`;
  return wrapText(text, WIDTH, '  ');
}

/** The findings for programs. */
export function scanDocument(result: ScanResult, yaml: string | undefined) {
  return {
    units: result.units.map(({ unitId, connection, identity }) => ({
      unit: unitId,
      connection: formatConnection({ ...connection, unitId: undefined }),
      certainty: identity.certainty,
      meter: identity.candidates[0]?.profile.id,
      word_order: identity.candidates[0]?.wordOrder,
      device_identification: identity.deviceIdentification,
      server_id: identity.serverId,
      candidates: identity.candidates.map(({ profile, score, wordOrder, speaksFor, speaksAgainst }) => ({
        meter: profile.id,
        score,
        word_order: wordOrder,
        speaks_for: speaksFor,
        speaks_against: speaksAgainst,
      })),
    })),
    notes: result.notes,
    interrupted: result.isInterrupted,
    configuration: yaml,
  };
}
