import { type QuantityCode, quantityFacts } from '../../domain/quantity.ts';
import { type Reading, readingKey } from '../../domain/reading.ts';
import { type JsonPath, parseJsonPath, valueAtPath } from '../../mapping/json-path.ts';
import { parseJson } from '../../mapping/json-text.ts';
import { toNumber } from '../../mapping/number-text.ts';
import { unitConversion } from '../../mapping/unit-conversion.ts';
import { compileXmlPath, parseXml, type XmlDocument, type XmlPath } from '../../mapping/xml-path.ts';
import type { PageFormat, PageValueConfig } from './config.ts';

/** The way to a value in a page of either format; a text may be sound for one of them only. */
export interface PagePath {
  readonly json: JsonPath | undefined;
  readonly xml: XmlPath | undefined;
}

/** One value of a page, ready to be looked up. */
export interface PageValue {
  readonly key: string;
  readonly reading: Omit<Reading, 'value'>;
  readonly path: PagePath;
  readonly isOptional: boolean;
  readonly convert: (value: number) => number;
}

/** A page that was understood: gives what stands at a path. */
export type LookUp = (path: PagePath) => unknown;

/** Why a page cannot be read, in words. */
export interface PageProblem {
  readonly problem: string;
}

/** Compiles a path for the formats in which it may be used, or says what is wrong with it. */
export function compilePagePath(
  text: string,
  format: PageFormat | undefined,
): PagePath | { readonly problem: string; readonly allowed: string } {
  const json = parseJsonPath(text);
  const xml = compileXmlPath(text);
  const path = { json: 'problem' in json ? undefined : json, xml: 'problem' in xml ? undefined : xml };
  if (format === 'xml' && 'problem' in xml) return xml;
  if (format === 'json' && 'problem' in json) return json;
  // Nearly any word is an XPath too; whoever means one writes a "/".
  if ('problem' in json && !text.includes('/')) return json;
  if ('problem' in json && 'problem' in xml) return xml;
  return path;
}

/** Compiles a value whose path and unit were checked before; throws a RangeError where they are not sound. */
export function compileValue(config: PageValueConfig, format: PageFormat | undefined): PageValue {
  const { code, phase, scale = 1, offset = 0 } = config;
  const reading = { code, ...(phase === undefined ? {} : { phase }) };
  const path = compilePagePath(config.path, format);
  if ('problem' in path) throw new RangeError(`path ${config.path}: ${path.problem}`);
  const toUnit = unitConversion(config.unit, code);
  if (toUnit === undefined) throw new RangeError(`${config.unit} is no unit of ${code}`);
  return {
    key: readingKey(reading),
    reading,
    path,
    isOptional: config.isOptional ?? false,
    convert: (value) => toUnit(scaled(value, scale) + offset),
  };
}

// Dividing by ten keeps decimals that multiplying by 0.1 would smear.
function scaled(value: number, scale: number): number {
  const divisor = 1 / scale;
  return Math.abs(scale) < 1 && Number.isInteger(divisor) ? value / divisor : value * scale;
}

/** Parses a page in its format: the given one, that of its content type, or what its first letter looks like. */
export function openPage(
  bytes: Uint8Array,
  contentType: string,
  format: PageFormat | undefined,
  maxBytes: number,
): LookUp | PageProblem {
  return (format ?? formatOf(bytes, contentType)) === 'xml'
    ? openXml(parseXml(bytes, maxBytes))
    : openJson(parseJson(bytes, maxBytes));
}

function formatOf(bytes: Uint8Array, contentType: string): PageFormat {
  if (/[/+]json\b/i.test(contentType)) return 'json';
  if (/[/+]xml\b/i.test(contentType)) return 'xml';
  const begin = Buffer.from(bytes.subarray(0, 100)).toString('latin1');
  return /^(\xef\xbb\xbf)?\s*</.test(begin) ? 'xml' : 'json';
}

function openXml(document: XmlDocument | PageProblem): LookUp | PageProblem {
  if ('problem' in document) return document;
  return ({ xml }) => xml?.find(document);
}

function openJson(value: unknown): LookUp | PageProblem {
  if (value === undefined) return { problem: 'it is not JSON' };
  return ({ json }) => (json === undefined ? undefined : valueAtPath(value, json));
}

/** What a page says of one device, and which of its values it does not have. */
export function readValues(
  values: readonly PageValue[],
  lookUp: LookUp,
): { readonly readings: readonly Reading[]; readonly missing: readonly string[] } {
  const readings: Reading[] = [];
  const missing: string[] = [];
  for (const { key, reading, path, convert, isOptional } of values) {
    const found = toNumber(lookUp(path));
    const value = found === undefined ? undefined : convert(found);
    if (value !== undefined && isPossible(value, reading.code)) readings.push({ ...reading, value });
    else if (!isOptional) missing.push(key);
  }
  return { readings, missing };
}

// A net counter runs below zero on a sunny day: that is no import.
function isPossible(value: number, code: QuantityCode): boolean {
  return Number.isFinite(value) && !(quantityFacts(code).kind === 'counter' && value < 0);
}
