import * as z from 'zod';
import * as scalar from './scalars.ts';
import type { BuildSurroundings } from './source-kind.ts';
import type { SourceBrokerConfig } from './types.ts';

/** The section `broker` of a source that reads from MQTT; without it the source reads from the gateway's own. */
const SOURCE_BROKER = z.strictObject({
  url: scalar.brokerUrl.describe('Broker to read from'),
  username: scalar.shortText.optional().describe('User name there'),
  passwordFile: scalar.filePath.optional().describe('File that holds the password and nothing else'),
  caFile: scalar.filePath.optional().describe('Certificates that sign the broker’s, PEM'),
  certFile: scalar.filePath.optional().describe('Certificate to show to the broker, PEM'),
  keyFile: scalar.filePath.optional().describe('Private key of that certificate, PEM'),
  verifyCertificate: scalar.flag.optional().describe('false: take any certificate; without it true'),
  protocol: z
    .literal([5, 4])
    .optional()
    .describe('5 (the default): MQTT 5, or 3.1.1 where the broker has no 5; 4: only MQTT 3.1.1'),
});

/** The fields of every source that reads from a broker. */
export const SOURCE_BROKER_FIELDS = {
  broker: SOURCE_BROKER.optional().describe(
    'Another broker to read from; without it the one that the gateway publishes to',
  ),
} as const;

/** For `secretFiles` of such a kind. */
export const SOURCE_BROKER_SECRETS = [['broker', 'passwordFile']] as const;

/** Makes the configuration of the section; undefined where the gateway's own broker is meant. */
export function buildSourceBroker(
  section: z.output<typeof SOURCE_BROKER> | undefined,
  { pathOf, secretAt }: BuildSurroundings,
): SourceBrokerConfig | undefined {
  if (section === undefined) return undefined;
  const fileOf = (path: string | undefined) => (path === undefined ? undefined : pathOf(path));
  return {
    url: section.url,
    username: section.username,
    password: secretAt(['broker', 'passwordFile']),
    caFile: fileOf(section.caFile),
    certFile: fileOf(section.certFile),
    keyFile: fileOf(section.keyFile),
    verifyCertificate: section.verifyCertificate ?? true,
    protocol: section.protocol ?? 5,
  };
}
