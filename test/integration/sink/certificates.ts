import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { temporaryDirectory } from './mosquitto.ts';

interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Authority {
  readonly caFile: string;
  /** A certificate for a host; `days` may be negative. */
  issue(name: string, alternativeNames: string, days: number): Certificate;
}

/** A certificate authority made for one test, with openssl. */
export function createAuthority(name: string): Authority {
  const directory = temporaryDirectory();
  const openssl = (...args: string[]) =>
    execFileSync('/usr/bin/openssl', args, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
  );
  return {
    caFile: `${directory}/ca.pem`,
    issue(host, alternativeNames, days) {
      openssl('req', '-new', ...key, '-keyout', `${host}.key`, '-out', `${host}.csr`, '-subj', `/CN=${host}`);
      writeFileSync(`${directory}/${host}.ext`, `subjectAltName=${alternativeNames}\n`);
      const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', `${host}.ext`];
      const out = ['-in', `${host}.csr`, '-out', `${host}.pem`, '-days', `${days}`];
      openssl('x509', '-req', ...out, ...signing);
      return { certFile: `${directory}/${host}.pem`, keyFile: `${directory}/${host}.key` };
    },
  };
}
