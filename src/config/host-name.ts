import { isIPv4, isIPv6 } from 'node:net';

/** Whether text can be the name or IPv4 address of a computer. */
export function isHostName(text: string): boolean {
  if (/^[\d.]+$/.test(text)) return isIPv4(text);
  return text.length <= 253 && /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/i.test(text) && !text.includes('..');
}

/** Whether what listens there can be reached from this computer only. */
export function isLoopback(host: string): boolean {
  if (isIPv4(host)) return host.startsWith('127.');
  if (isIPv6(host)) return /^(0*:)*:?0*1$/.test(host);
  return host.toLowerCase() === 'localhost';
}
