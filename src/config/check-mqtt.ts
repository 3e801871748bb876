import type { Issue } from '../lib/issue.ts';
import type { Origin } from './convict-schema.ts';
import type { OptionValues } from './options.ts';
import type { IssueAt } from './places.ts';

const RANKS: readonly Origin[] = ['default', 'file', 'environment', 'argument'];

/**
 * Which of the two says the password: the one from the place that wins over the other, so that a variable with
 * the path of a file replaces a password in the file. `both` where one place has both.
 */
export function passwordOrigin(
  { mqtt }: OptionValues,
  origins: ReadonlyMap<string, Origin>,
): 'password' | 'passwordFile' | 'both' | undefined {
  if (mqtt.password === undefined) return mqtt.passwordFile === undefined ? undefined : 'passwordFile';
  if (mqtt.passwordFile === undefined) return 'password';
  const rank = (path: string) => RANKS.indexOf(origins.get(path) ?? 'default');
  const difference = rank('mqtt.password') - rank('mqtt.passwordFile');
  if (difference === 0) return 'both';
  return difference > 0 ? 'password' : 'passwordFile';
}

/** The way to the broker: one password, and certificates that are complete and used. */
export function checkMqtt(values: OptionValues, origins: ReadonlyMap<string, Origin>, at: IssueAt): Issue[] {
  const { mqtt } = values;
  const issues: Issue[] = [];
  if (passwordOrigin(values, origins) === 'both')
    issues.push(
      at(['mqtt', 'password'], 'stands beside passwordFile', 'allowed: one of password and passwordFile'),
    );
  if (mqtt.certFile !== undefined && mqtt.keyFile === undefined)
    issues.push(at(['mqtt', 'certFile'], 'has no keyFile', 'allowed: both certFile and keyFile, or none'));
  if (mqtt.keyFile !== undefined && mqtt.certFile === undefined)
    issues.push(at(['mqtt', 'keyFile'], 'has no certFile', 'allowed: both certFile and keyFile, or none'));
  const isEncrypted = mqtt.url !== undefined && /^(mqtts|wss):/.test(mqtt.url);
  for (const key of ['caFile', 'certFile', 'keyFile'] as const)
    if (mqtt[key] !== undefined && !isEncrypted)
      issues.push(
        at(
          ['mqtt', key],
          'has no effect: the connection is not encrypted',
          'allowed: with mqtts:// or wss://',
        ),
      );
  return issues;
}
