// The plugs of the bench, in a process of their own: one connection that publishes for all of them at an even
// pace, in slices of 10 ms. Usage: plug-process PORT PLUGS MESSAGES_A_SECOND SECONDS; prints how many it sent.
import { once } from 'node:events';
import { connect } from 'node:net';
import { generate } from 'mqtt-packet';

const [port = 0, plugs = 0, perSecond = 0, seconds = 0] = process.argv.slice(2).map(Number);
const SLICE_MS = 10;

const socket = connect({ port, host: '127.0.0.1', noDelay: true });
await once(socket, 'connect');
socket.write(
  generate({
    cmd: 'connect',
    protocolVersion: 4,
    clientId: `plugs-${process.pid}`,
    clean: true,
    keepalive: 0,
  }),
);
await once(socket, 'data');

const total = perSecond * seconds;
const from = performance.now();
let sent = 0;
while (sent < total) {
  const due = Math.min(total, Math.floor(((performance.now() - from) / 1000) * perSecond));
  const packets: Buffer[] = [];
  for (; sent < due; sent++) packets.push(publication(sent));
  if (packets.length > 0 && !socket.write(Buffer.concat(packets))) await once(socket, 'drain');
  await new Promise((resolve) => setTimeout(resolve, SLICE_MS));
}
socket.end(generate({ cmd: 'disconnect' }));
await once(socket, 'close');
console.log(sent);

function publication(n: number): Buffer {
  const plug = n % plugs;
  const round = Math.floor(n / plugs);
  const power = (100 + ((plug * 7 + round * 13) % 900) / 10).toFixed(1);
  const energy = (1 + round * 0.00003).toFixed(5);
  const ts = performance.timeOrigin + performance.now();
  const payload = `{"ts":${ts.toFixed(3)},"power":${power},"voltage":230.4,"current":0.512,"energy":${energy}}`;
  return generate({ cmd: 'publish', topic: `plug/${plug}`, payload, qos: 0, retain: false, dup: false });
}
