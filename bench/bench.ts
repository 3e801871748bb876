import { benchCycles } from './cycle.ts';
import { benchGateway } from './gateway.ts';
import { benchPlugs } from './plugs.ts';
import { benchPlugwise } from './plugwise.ts';

const wanted = process.argv[2];
if (wanted === undefined || wanted === 'cycle') await benchCycles();
if (wanted === undefined || wanted === 'gateway') await benchGateway();
if (wanted === undefined || wanted === 'plugs') await benchPlugs();
if (wanted === undefined || wanted === 'plugwise') console.log((await benchPlugwise()).join('\n'));
process.exit(0);
