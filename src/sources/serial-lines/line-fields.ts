import { byteConnection } from '../../config/byte-connection.ts';
import { seconds } from '../../config/scalars.ts';
import type { ByteConnection } from '../../config/types.ts';

const DEFAULT_SILENCE_S = 60;

/** Fields of the section of every monitor on a serial line. */
export const lineFields = (defaultBaud: number) =>
  ({
    connection: byteConnection(defaultBaud).describe(
      `Serial port or serial server of the monitor; ${defaultBaud} baud where none is given`,
    ),
    silence: seconds(5, 86_400)
      .optional()
      .describe(
        `Seconds without a byte after which the port is opened anew; without it ${DEFAULT_SILENCE_S}`,
      ),
  }) as const;

/** The common part of such a section. */
export function buildLine(
  id: string,
  fields: { readonly connection: ByteConnection; readonly silence?: number | undefined },
): { readonly id: string; readonly connection: ByteConnection; readonly silenceMs: number } {
  return {
    id,
    connection: fields.connection,
    silenceMs: Math.round((fields.silence ?? DEFAULT_SILENCE_S) * 1000),
  };
}
