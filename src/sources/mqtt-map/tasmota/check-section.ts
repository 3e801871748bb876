import type { CheckSurroundings } from '../../../config/source-kind.ts';
import type { Issue, PathStep } from '../../../lib/issue.ts';
import { describeValue } from '../../../lib/show-value.ts';

interface Draft {
  readonly path: readonly PathStep[];
  readonly fields: {
    readonly fullTopic?: string | undefined;
    readonly online?: string | undefined;
    readonly offline?: string | undefined;
  };
  readonly devices: readonly DeviceDraft[];
}

interface DeviceDraft {
  readonly path: readonly PathStep[];
  readonly fields: {
    readonly topic?: string | undefined;
    readonly mac?: string | undefined;
    readonly channel?: number | undefined;
    readonly phases?: boolean | undefined;
  };
  lacks(key: string): boolean;
}

type At = CheckSurroundings['at'];

export function checkTasmotaSection(section: Draft, { at }: CheckSurroundings): readonly Issue[] {
  const { fullTopic, online = 'Online', offline = 'Offline' } = section.fields;
  const issues = section.devices.flatMap((device) => checkDevice(device, at));
  if (fullTopic !== undefined && !/%topic%|%id%|%hostname%/.test(fullTopic) && section.devices.length > 1)
    issues.push(
      at(
        [...section.path, 'fullTopic'],
        `${describeValue(fullTopic)} gives all devices one topic`,
        'allowed: with %topic%, or one device in this section',
      ),
    );
  if (online === offline)
    issues.push(
      at(
        [...section.path, section.fields.offline === undefined ? 'online' : 'offline'],
        `${describeValue(online)} means both there and gone`,
        'allowed: two different words',
      ),
    );
  return [...issues, ...repetitions(section.devices, at)];
}

function checkDevice({ path, fields, lacks }: DeviceDraft, at: At): Issue[] {
  const issues: Issue[] = [];
  if (lacks('topic') && lacks('mac'))
    issues.push(at([...path, 'topic'], 'is missing', 'allowed: the Topic of the device, or its mac'));
  if (fields.topic !== undefined && fields.mac !== undefined)
    issues.push(at([...path, 'mac'], 'topic and mac are both given', 'allowed: one of the two'));
  if (fields.phases === true && fields.channel !== undefined)
    issues.push(
      at(
        [...path, 'channel'],
        'phases and channel are both given',
        'allowed: one of the two: lines, or relays',
      ),
    );
  return issues;
}

function repetitions(devices: readonly DeviceDraft[], at: At): Issue[] {
  const seen = new Set<string>();
  return devices.flatMap(({ path, fields: { topic, mac, channel } }) => {
    const key = topic === undefined ? 'mac' : 'topic';
    const value = topic ?? mac?.replace(/[:-]/g, '').toUpperCase();
    if (value === undefined) return [];
    const name = JSON.stringify([key, value, channel ?? 0]);
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [
      at(
        [...path, key],
        `${describeValue(value)} stands there twice`,
        'allowed: each once, or once a channel',
      ),
    ];
  });
}
