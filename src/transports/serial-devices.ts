import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

// Read from sysfs rather than from udevadm, which slim containers lack.

const BY_ID = '/dev/serial/by-id';
const TTY_CLASS = '/sys/class/tty';

/** Serial ports that a meter may hang on, the stable names first. */
export function listSerialDevices(): string[] {
  const stable = entries(BY_ID).map((name) => join(BY_ID, name));
  const named = new Set(stable.map(target));
  const others = entries(TTY_CLASS)
    .filter((name) => /^tty(USB|ACM|AMA|SC|mxc|O|XRUSB)\d+$/.test(name))
    .map((name) => `/dev/${name}`)
    .filter((path) => existsSync(path) && !named.has(path));
  return [...stable, ...others];
}

/** The device of a USB adapter, from `VID:PID` or `VID:PID:SERIAL` (hexadecimal, any case). */
export function findUsbSerial(identity: string): string | undefined {
  const [vendor, product, ...serial] = identity.split(':');
  const wanted = { vendor: vendor?.toLowerCase(), product: product?.toLowerCase(), serial: serial.join(':') };
  for (const name of entries(TTY_CLASS)) {
    const usb = usbIdentity(join(TTY_CLASS, name, 'device'));
    if (usb === undefined || usb.vendor !== wanted.vendor || usb.product !== wanted.product) continue;
    if (wanted.serial === '' || usb.serial === wanted.serial) return `/dev/${name}`;
  }
  return undefined;
}

// The USB device stands some levels above its tty in the device tree.
function usbIdentity(devicePath: string): { vendor: string; product: string; serial: string } | undefined {
  if (!existsSync(devicePath)) return undefined;
  let folder = realpathSync(devicePath);
  for (let level = 0; level < 6 && folder !== '/'; level++) {
    if (existsSync(join(folder, 'idVendor'))) {
      return {
        vendor: text(join(folder, 'idVendor')),
        product: text(join(folder, 'idProduct')),
        serial: text(join(folder, 'serial')),
      };
    }
    folder = dirname(folder);
  }
  return undefined;
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function target(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
