import { isIPv6 } from 'node:net';
import * as z from 'zod';
import { allowing } from '../lib/schema-walk.ts';
import { BROKER_URL_FORMS, checkBrokerUrl } from './broker-url.ts';
import { isHostName } from './host-name.ts';

/** The rules for single values, each once: the file, the environment and arguments are held to the same. */

export const flag = allowing('true or false', z.boolean());

/** A length of time in seconds, as people write it. */
export function seconds(min: number, max: number, step = 0.1): z.ZodType<number> {
  const text = `seconds from ${min} to ${max}, in steps of ${step}`;
  return allowing(text, z.number().min(min).max(max).multipleOf(step));
}

const DAY_S = 86_400;
/** How often something is done: at least ten times a second, at most once a day. */
export const interval = seconds(0.1, DAY_S);

export function wholeNumber(min: number, max: number): z.ZodType<number> {
  return allowing(`a whole number from ${min} to ${max}`, z.int().min(min).max(max));
}

export function numberBetween(min: number, max: number, unit: string): z.ZodType<number> {
  return allowing(`a number from ${min} to ${max}, in ${unit}`, z.number().min(min).max(max));
}

/** A Modbus unit id; the bounds of its wire are checked where the wire is known. */
export const unitId = allowing(
  'a whole number from 1 to 247 (with tcp:// from 0 to 255)',
  z.int().min(0).max(255),
);

export const port = wholeNumber(1, 65_535);

// Both would name something else than a device: the gateway's own topics, and the prototype of an object.
const RESERVED_IDS = ['gateway', 'constructor', 'prototype', '__proto__'];

/** The id of a device or source: a topic level and a key in JSON. */
export const id = allowing(
  'lower-case letters, digits and _ (64 at most); not gateway, constructor, prototype or __proto__',
  z
    .string()
    .regex(/^[a-z0-9_]{1,64}$/)
    .refine((text) => !RESERVED_IDS.includes(text)),
);

/** A name for people. */
export const displayName = allowing(
  'text of 1 to 100 characters on one line',
  z
    .string()
    .min(1)
    .max(100)
    .regex(/^[^\p{Cc}]*\S[^\p{Cc}]*$/u),
);

export const profileId = allowing(
  'the id of a meter model as `busbar meters` lists it, such as eastron-sdm630-v2',
  z
    .string()
    .max(64)
    .regex(/^[A-Za-z0-9._ -]+$/),
);

/** What a simulated meter measures; which loads there are is the simulated house's own business. */
export const loadName = allowing(
  'mains, or the name of one load: lower-case letters, digits, - and _',
  z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/),
);

export const topicRoot = allowing(
  'topic levels of letters, digits, "_", "-" and ".", joined by "/" (no "/" at the ends, no "+", "#", "$")',
  z
    .string()
    .max(200)
    .regex(/^[\p{L}\p{N}_.-]+(\/[\p{L}\p{N}_.-]+)*$/u),
);

export const filePath = allowing(
  'the path of a file or folder; a relative one begins at the folder of this file',
  z
    .string()
    .min(1)
    .max(4096)
    .regex(/^[^\p{Cc}]*$/u),
);

export const bindHost = allowing(
  'a name or an address to listen on: 127.0.0.1 (this computer), 0.0.0.0 (everywhere), ::1',
  z.string().refine((text) => isHostName(text) || isIPv6(text)),
);

export const brokerUrl = allowing(
  BROKER_URL_FORMS,
  z.string().superRefine((text, context) => {
    const found = checkBrokerUrl(text);
    if (found === undefined) return;
    context.addIssue({ code: 'custom', message: found.problem, params: { ...found } });
  }),
);

export const shortText = allowing(
  'text of 1 to 256 characters on one line',
  z
    .string()
    .min(1)
    .max(256)
    .regex(/^[^\p{Cc}]*$/u),
);

export const clientId = allowing(
  'letters, digits, "_", "-", "." and ":" (128 at most)',
  z.string().regex(/^[A-Za-z0-9_.:-]{1,128}$/),
);

/** A password may hold any character but the end of a line. */
export const password = allowing(
  'text of 1 to 1024 characters on one line',
  z
    .string()
    .min(1)
    .max(1024)
    .regex(/^[^\0\r\n]*$/),
);
