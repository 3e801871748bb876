import mqttPacket from 'mqtt-packet';

/**
 * The writer of packets inside aedes keeps a table of all 65,536 two-byte numbers, some 8 MiB. Making each
 * when it is written costs nothing that can be measured at the rates of a house.
 */
export function keepNoNumberTable(): void {
  Object.assign(mqttPacket.writeToStream, { cacheNumbers: false });
}
