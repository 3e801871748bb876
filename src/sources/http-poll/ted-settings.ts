import { compileXmlPath, parseXml, type XmlDocument } from '../../mapping/xml-path.ts';
import { HttpError } from '../../transports/http-error.ts';
import type { TedConfig, TedPart } from './config.ts';
import type { LearnDevices } from './source.ts';
import { tedUrl } from './ted.ts';

/** What the settings of a TED 6000 say of one of its parts. */
interface PartFacts {
  readonly isUsed: boolean;
  /** Name that the user gave it there. */
  readonly name: string | undefined;
  /** Number of the measuring unit. */
  readonly identity: string | undefined;
}

/**
 * Reads /api/SystemSettings.xml of a TED 6000 once: which measuring units and circuit groups are in use, what they
 * are called, and the number of each unit. A device that is configured but not in use there is told of.
 */
export function learnTedSettings(config: TedConfig): LearnDevices {
  const url = tedUrl(config.url, '/api/SystemSettings.xml');
  let tries = 0;
  return async ({ client, episodes, feeds, counters, maxBytes }, signal) => {
    const settings = await readSettings();
    // A gateway that does not tell its settings still tells its readings.
    if (settings === undefined) return ++tries >= MAX_TRIES;
    for (const { id, part } of config.devices) {
      const facts = factsOf(settings, part);
      const feed = feeds.get(id);
      if (facts === undefined || feed === undefined) continue;
      const { identity } = facts;
      if (identity !== undefined) feed.describe({ ...feed.device, identity });
      const named = facts.name === undefined ? '' : ` ("${facts.name}")`;
      const message = `${id}: ${feed.device.address}${named} is not in use in the settings of ${config.id}; check mtu, spyder and group`;
      if (!facts.isUsed) episodes.begin(`${id} unused`, 'plug-unused', message, id);
    }
    return true;

    async function readSettings(): Promise<XmlDocument | undefined> {
      counters.requests++;
      try {
        const answer = await client.ask({ url, method: 'GET' }, signal);
        const document = answer.kind === 'page' ? parseXml(answer.bytes, maxBytes) : undefined;
        if (document !== undefined && !('problem' in document)) return document;
        counters.fail('settings_malformed');
      } catch (error) {
        if (!(error instanceof HttpError)) throw error;
        if (!signal.aborted) counters.fail(`settings_${error.code}`);
      }
      return undefined;
    }
  };
}

const MAX_TRIES = 5;
const NO_UNIT = /^0*$/;

function factsOf(settings: XmlDocument, part: TedPart): PartFacts | undefined {
  const text = (path: string) => {
    const compiled = compileXmlPath(path);
    return 'problem' in compiled
      ? undefined
      : compiled
          .find(settings)
          ?.replaceAll(/\p{Cc}/gu, ' ')
          .slice(0, 64);
  };
  if (part.kind === 'mtu') {
    if (part.mtu === 0) return undefined;
    const under = `(//MTU[MTUID])[${part.mtu}]`;
    const unit = text(`${under}/MTUID`);
    if (unit === undefined) return undefined;
    const isUsed = !NO_UNIT.test(unit);
    return { isUsed, name: text(`${under}/MTUDescription`), identity: isUsed ? unit : undefined };
  }
  const spyder = `(//Spyder[Group])[${part.spyder}]`;
  const group = `${spyder}/Group[${part.group}]`;
  const useCt = text(`${group}/UseCT`);
  if (useCt === undefined) return undefined;
  const isUsed = !NO_UNIT.test(useCt) && text(`${spyder}/Enabled`) !== '0';
  return { isUsed, name: text(`${group}/Description`), identity: undefined };
}
