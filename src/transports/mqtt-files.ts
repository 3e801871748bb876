import { readFileSync } from 'node:fs';
import { MqttLinkError } from './mqtt-error.ts';
import type { TlsFiles } from './mqtt-stream.ts';

/** Certificates and keys that the configuration names; absolute paths. */
export interface TlsFilePaths {
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
}

/**
 * Reads them. `section` is where the keys stand in the configuration, for messages. Throws a MqttLinkError
 * `certificate-file` that says what to mend.
 */
export function readTlsFiles(paths: TlsFilePaths, section: string): Pick<TlsFiles, 'ca' | 'cert' | 'key'> {
  return {
    ...fileOption('ca', `${section}.caFile`, paths.caFile),
    ...fileOption('cert', `${section}.certFile`, paths.certFile),
    ...fileOption('key', `${section}.keyFile`, paths.keyFile),
  };
}

function fileOption(name: 'ca' | 'cert' | 'key', place: string, path: string | undefined) {
  if (path === undefined) return {};
  try {
    return { [name]: readFileSync(path) };
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    const reason = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${String(code)})`;
    throw new MqttLinkError('certificate-file', `${place} is ${path}, but ${reason}`, { cause: error });
  }
}
