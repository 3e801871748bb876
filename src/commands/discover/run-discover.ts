import { createSystemClock } from '../../lib/clock.ts';
import { EXIT, type ExitCode } from '../../lib/exit-codes.ts';
import { MqttLinkError } from '../../transports/mqtt-error.ts';
import { CommandError } from '../failure.ts';
import { printJson, printLines, printNote } from '../output.ts';
import { createStopSignal } from '../stop-signal.ts';
import { brokerTarget, type TargetOptions } from './broker-target.ts';
import { discoverDocument, discoverPage } from './discover-page.ts';
import { formatSections, sectionsOf } from './discovered-config.ts';
import { type Heard, type ListenOptions, listen } from './listen.ts';
import { recognise } from './recognise.ts';

export interface DiscoverOptions extends TargetOptions {
  readonly seconds?: number;
  readonly ask?: boolean;
  readonly json?: boolean;
}

const DEFAULT_SECONDS = 10;

/** Listens to a broker and prints what is there; 69 where the broker, or anything on it, is not. */
export async function runDiscover(url: string | undefined, options: DiscoverOptions): Promise<ExitCode> {
  const target = await brokerTarget(url, options);
  const seconds = options.seconds ?? DEFAULT_SECONDS;
  if (options.json !== true) printNote(`listening to ${target.label} for ${seconds} s`);
  const { observations, isInterrupted } = await listenOrExplain(url, {
    connection: target.connection,
    seconds,
    ask: options.ask === true,
  });
  const findings = recognise(observations);
  const sections = sectionsOf(findings, target.section);
  const yaml = sections.length === 0 ? undefined : formatSections(sections);
  const discovery = { broker: target.label, findings, heard: observations, seconds, isInterrupted };
  if (options.json === true) printJson(discoverDocument(discovery, yaml));
  else if (findings.length > 0) printLines(discoverPage(discovery, yaml));
  if (isInterrupted) return EXIT.interrupted;
  if (findings.length > 0) return EXIT.ok;
  printNote(nothingWords(observations.messages, options.ask === true));
  return EXIT.unavailable;
}

async function listenOrExplain(url: string | undefined, options: ListenOptions): Promise<Heard> {
  try {
    return await listen(options, createSystemClock(), createStopSignal());
  } catch (error) {
    if (!(error instanceof MqttLinkError)) throw error;
    throw new CommandError(EXIT.unavailable, inWordsOf(url, error.message), { cause: error });
  }
}

// The sentences of the link name keys of a configuration; a URL was given with options.
function inWordsOf(url: string | undefined, message: string): string {
  if (url === undefined) return message;
  return message.replaceAll('mqtt.username', '--username').replaceAll('mqtt.password', '--password-file');
}

function nothingWords(messages: number, isAsked: boolean): string {
  if (messages === 0)
    return 'Nothing was heard. Check that devices publish to this broker and that this user may read "#"; --seconds 60 listens longer.';
  const ask = isAsked ? '' : '; --ask asks Shelly devices to announce themselves';
  return `${messages} messages were heard, none of a known program. --seconds 60 listens longer${ask}; any numbers can be read with the kind mqtt-map.`;
}
