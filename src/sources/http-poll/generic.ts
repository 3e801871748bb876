import type { HttpPollConfig } from './config.ts';
import { compileTimePath, describeDevice, type PollPlan, planPart } from './page-plan.ts';

/** One page with the devices that stand in it. Throws a RangeError for a path or unit that is not sound. */
export function planHttpPoll(config: HttpPollConfig): PollPlan {
  const { id, server, url, method, body, headers, format, timePath, devices } = config;
  const parts = devices.map((device) => planPart(device.id, device.values, format));
  return {
    sourceId: id,
    server,
    devices: devices.map((device) => describeDevice(device, device.values)),
    pages: [
      {
        url,
        method,
        body,
        headers,
        format,
        timePath: timePath === undefined ? undefined : compileTimePath(timePath, format),
        parts,
      },
    ],
  };
}
