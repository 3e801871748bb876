import type { PageValueConfig, TedConfig, TedDeviceConfig, TedPart } from './config.ts';
import { describeDevice, type PagePlan, type PollPlan, planPart } from './page-plan.ts';

/**
 * Pages of The Energy Detective, as its API documents and public clients describe them:
 *
 *     5000  /api/LiveData.xml          LiveData / Power / Total | MTU1..4 / PowerNow, PowerTDY, KVA, PF
 *                                      LiveData / Voltage / Total | MTU1..4 / VoltageNow
 *     6000  /api/DashData.xml          DashData / Now, TDY, Voltage                    the sum of all units
 *           /api/SystemOverview.xml    .. / MTUVal / MTU1..4 / Value, KVA, PF, Voltage  one unit
 *           /api/SpyderData.xml        .. / Spyder (1..4) / Group (1..8) / Now, TDY     one group of circuits
 *
 * W, Wh; KVA is in VA in spite of its name; PF is per mille; voltages are tenths of a volt. TDY begins again at
 * 0 each midnight. The scale of PhaseCurrent and the meaning of PowerHour are not certain: they are not read.
 */
const ALL = 'T=0&D=0&M=0';
const SPYDER_ALL = 'T=0&M=0&D=0';

const power = (path: string): PageValueConfig => ({ code: 'p', path, unit: 'W' });
const apparent = (path: string): PageValueConfig => ({ code: 's', path, unit: 'VA', isOptional: true });
const factor = (path: string): PageValueConfig => ({ code: 'pf', path, unit: '‰', isOptional: true });
const voltage = (path: string): PageValueConfig => ({
  code: 'v',
  path,
  unit: 'V',
  scale: 0.1,
  isOptional: true,
});
const today = (path: string): PageValueConfig => ({
  code: 'e_imp',
  path,
  unit: 'Wh',
  resets: 'daily',
  isOptional: true,
});

function valuesOf5000(part: TedPart): readonly PageValueConfig[] {
  const name = part.kind === 'mtu' && part.mtu > 0 ? `MTU${part.mtu}` : 'Total';
  const under = `/LiveData/Power/${name}`;
  return [
    power(`${under}/PowerNow`),
    apparent(`${under}/KVA`),
    factor(`${under}/PF`),
    voltage(`/LiveData/Voltage/${name}/VoltageNow`),
    today(`${under}/PowerTDY`),
  ];
}

function valuesOf6000(part: TedPart): readonly PageValueConfig[] {
  if (part.kind === 'group') {
    const under = `(//Spyder)[${part.spyder}]/Group[${part.group}]`;
    return [power(`${under}/Now`), today(`${under}/TDY`)];
  }
  if (part.mtu === 0) return [power('/*/Now'), voltage('/*/Voltage'), today('/*/TDY')];
  const under = `//MTUVal/MTU${part.mtu}`;
  return [
    power(`${under}/Value`),
    apparent(`${under}/KVA`),
    factor(`${under}/PF`),
    voltage(`${under}/Voltage`),
  ];
}

function pageOf6000(part: TedPart): string {
  if (part.kind === 'group') return `/api/SpyderData.xml?${SPYDER_ALL}`;
  return part.mtu === 0 ? `/api/DashData.xml?${ALL}` : `/api/SystemOverview.xml?${ALL}`;
}

const NEWER =
  'this gateway has a newer firmware (TED 6000, TED Pro and later ones of the 5000): use type: ted6000';
const OLDER = 'a TED 5000 with its first firmware has not: use type: ted5000';

/** The pages of one gateway and what each device finds in them. */
export function planTed(config: TedConfig): PollPlan {
  const isOld = config.type === 'ted5000';
  const valuesOf = isOld ? valuesOf5000 : valuesOf6000;
  const pageOf = isOld ? () => '/api/LiveData.xml' : pageOf6000;
  const byPage = new Map<string, TedDeviceConfig[]>();
  for (const device of config.devices) {
    const page = pageOf(device.part);
    byPage.set(page, [...(byPage.get(page) ?? []), device]);
  }
  const model = isOld ? 'TED 5000' : 'TED 6000';
  return {
    sourceId: config.id,
    server: config.server,
    devices: config.devices.map((device) =>
      describeDevice(device, valuesOf(device.part), {
        manufacturer: 'Energy, Inc.',
        model,
        address: addressOf(device.part),
      }),
    ),
    pages: [...byPage].map(([page, devices]): PagePlan => {
      return {
        url: tedUrl(config.url, page),
        method: 'GET',
        body: undefined,
        headers: {},
        format: 'xml',
        timePath: undefined,
        parts: devices.map((device) => planPart(device.id, valuesOf(device.part), 'xml')),
        hintWhereMissing: isOld ? NEWER : OLDER,
      };
    }),
  };
}

/** The address of a page of the gateway; a path at the end of its own is kept. */
export function tedUrl(base: string, page: string): string {
  return `${base.replace(/\/+$/, '')}${page}`;
}

function addressOf(part: TedPart): string {
  if (part.kind === 'group') return `Spyder ${part.spyder}, group ${part.group}`;
  return part.mtu === 0 ? 'all MTUs' : `MTU ${part.mtu}`;
}
