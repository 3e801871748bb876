import type { Issue } from '../lib/issue.ts';

import type { Draft } from './draft.ts';
import { isLoopback } from './host-name.ts';
import type { OptionValues } from './options.ts';
import type { IssueAt } from './places.ts';
import { repeated } from './repeated.ts';

/** Whether the embedded broker runs: unless told otherwise, where no other broker is named. */
export function isBrokerEnabled({ broker, mqtt }: OptionValues): boolean {
  return broker.enabled ?? mqtt.url === undefined;
}

/** The embedded broker: nobody unknown gets in from outside, and there is a broker at all. */
export function checkBroker(draft: Draft, values: OptionValues, at: IssueAt): Issue[] {
  const isOn = isBrokerEnabled(values);
  const issues = [
    ...repeated(draft.users, 'name', (user) => user.fields.name, at, 'user'),
    ...draft.users.flatMap((user) => checkUser(user, at)),
  ];
  if (!isOn && values.mqtt.url === undefined)
    issues.push(
      at(
        ['broker', 'enabled'],
        'found false, and there is no mqtt.url: values have nowhere to go',
        'allowed: broker.enabled: true, or the URL of a broker as mqtt.url',
      ),
    );
  if (isOn && draft.users.length === 0 && isOpenToOthers(values))
    issues.push(
      at(
        ['broker', 'host'],
        `found ${JSON.stringify(values.broker.host)}: others could reach the broker, and it has no users`,
        'three ways out: list users under broker.users; or set broker.host to 127.0.0.1; or write ' +
          'broker.allowAnonymous: true, then everyone who reaches it can read and write everything',
      ),
    );
  return issues;
}

function isOpenToOthers({ broker }: OptionValues): boolean {
  return !isLoopback(broker.host) && !broker.allowAnonymous;
}

/** What is allowed, and still worth a second thought. */
export function brokerWarnings(values: OptionValues, at: IssueAt): Issue[] {
  const { broker } = values;
  if (!isBrokerEnabled(values) || isLoopback(broker.host) || !broker.allowAnonymous) return [];
  return [
    at(
      ['broker', 'allowAnonymous'],
      `everyone who reaches ${broker.host} can read and write everything`,
      'better: users under broker.users',
    ),
  ];
}

function checkUser({ path, hasKey, lacks }: Draft['users'][number], at: IssueAt): Issue[] {
  const given = ['passwordHash', 'passwordHashFile'].filter(hasKey);
  if (given.length === 1 || (given.length === 0 && !lacks('passwordHash'))) return [];
  const problem = given.length === 0 ? 'is missing' : 'stands beside passwordHashFile';
  return [at([...path, 'passwordHash'], problem, 'allowed: one of passwordHash and passwordHashFile')];
}
