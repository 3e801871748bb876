import { decodeText, parseJson } from '../../../mapping/json-text.ts';
import type { AvailabilitySource } from '../../../protocols/ha-discovery/availability.ts';
import { parseTemplate } from '../../../protocols/ha-discovery/template.ts';
import { type TemplateVariables, templateText } from '../../../protocols/ha-discovery/template-value.ts';
import type { ArrivedMessage } from '../mapper.ts';
import type { Arrival } from '../pushed/plug.ts';

/** A payload with what templates see of it; parsed once for all sensors of its topic. */
export interface HeardPayload extends TemplateVariables, Arrival {
  readonly topic: string;
}

const MAX_BYTES = 65_536;

/** Undefined for what is no text, or longer than any state. */
export function heardPayload({ topic, payload, at, isRetained }: ArrivedMessage): HeardPayload | undefined {
  const value = decodeText(payload, MAX_BYTES);
  if (value === undefined) return undefined;
  let parsed: { readonly json: unknown } | undefined;
  return {
    topic,
    at,
    isRetained,
    value,
    get value_json() {
      parsed ??= { json: parseJson(value, MAX_BYTES) };
      return parsed.json;
    },
  };
}

/** Whether a source of availability says that the device is there; undefined for words it does not use. */
export function wordOf(source: AvailabilitySource, heard: HeardPayload): boolean | undefined {
  const text = source.template === undefined ? heard.value.trim() : rendered(source.template, heard);
  if (text === source.available) return true;
  return text === source.notAvailable ? false : undefined;
}

function rendered(template: string, heard: HeardPayload): string | undefined {
  const expression = parseTemplate(template);
  return 'unsupported' in expression ? undefined : templateText(expression, heard);
}
