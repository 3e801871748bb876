import {
  type Document,
  isAlias,
  isNode,
  isPair,
  isScalar,
  Lexer,
  type LineCounter,
  type Node,
  Parser,
  visit,
  type YAMLError,
} from 'yaml';

/** A mistake of YAML itself: the offset in the text, and what is wrong in words that repeat nothing of it. */
export interface YamlProblem {
  readonly offset: number;
  readonly problem: string;
}

// The library's own messages quote the text (an alias, a tag, an escape), and the text may be a password that
// was written without quotes; so each of its codes has words here that quote nothing.
const REASONS: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'an alias (*name) cannot have an anchor or a tag; put text that begins with * in quotes',
  BAD_ALIAS: 'an alias (*name) that is not complete; put text that begins with * or & in quotes',
  BAD_COLLECTION_TYPE: 'a tag that does not fit what follows; put text that begins with ! in quotes',
  BAD_DIRECTIVE: 'a line that begins with % is not understood; put text that begins with % in quotes',
  BAD_DQ_ESCAPE: 'an unknown escape after \\ inside "double quotes"; use \'single quotes\'',
  BAD_INDENT: 'the indentation does not fit the lines above, or a bracket was not closed',
  BAD_PROP_ORDER: 'an anchor or tag stands at the wrong place; put text that begins with & or ! in quotes',
  BAD_SCALAR_START: 'text that begins with @ or ` must be put in quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'a second "key: value" inside a value; check the indentation, or put the text in quotes',
  BLOCK_IN_FLOW: 'a list with "-" or an indented section cannot stand inside { } or [ ]',
  DUPLICATE_KEY: 'the same key stands twice in one section; write it once, with what stands under both',
  KEY_OVER_1024_CHARS: 'a key of more than 1024 characters',
  MISSING_CHAR: 'a quote, bracket, comma or ":" is missing',
  MULTILINE_IMPLICIT_KEY: 'a line without ": " after its key; write "key: value", with a space',
  MULTIPLE_ANCHORS: 'two anchors (&name) on one value',
  MULTIPLE_DOCS: 'a second document begins here (---); one file holds one',
  MULTIPLE_TAGS: 'two tags (!name) on one value',
  NON_STRING_KEY: 'a key that is not plain text',
  RESOURCE_EXHAUSTION: 'sections are nested too deeply',
  TAB_AS_INDENT: 'a tab is used for indentation; use spaces',
  TAG_RESOLVE_FAILED:
    'a tag (!name) is not understood; write the value itself, in quotes if it begins with !',
  UNEXPECTED_TOKEN: 'something stands here that does not belong; check quotes, brackets and indentation',
};

// Names that reach the prototype of an object when a careless program copies values by key.
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

// The library builds a document by recursion and stops when the stack is full; Node.js then sometimes ends the
// whole process, because a regular expression cannot be compiled there. So depth is counted before, by its parser
// without recursion. No configuration comes near this depth.
const MAX_DEPTH = 100;

/** The place where a text nests too deeply to be read safely, if it does; fills in where its lines begin. */
export function depthProblem(text: string, lines: LineCounter): YamlProblem | undefined {
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  for (const lexeme of new Lexer().lex(text)) {
    // Documents that are complete come out here; their content is of no interest yet.
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > MAX_DEPTH)
      return { offset: parser.offset, problem: REASONS.RESOURCE_EXHAUSTION ?? '' };
  }
  return undefined;
}

/** Everything that keeps a parsed document from being read: mistakes of syntax, bad aliases, forbidden keys. */
export function yamlProblems(document: Document.Parsed): readonly YamlProblem[] {
  const reported = [...document.errors, ...document.warnings].map((error) => {
    const quote = error.message.startsWith('Missing closing') ? lastQuoteBefore(document, error) : undefined;
    return quote === undefined
      ? { offset: error.pos[0], problem: REASONS[error.code] ?? 'it cannot be understood here' }
      : { offset: quote, problem: 'a quote opens here and is never closed' };
  });
  return reported.length > 0 ? reported : structureProblems(document);
}

// The parser notices a missing quote at the end of the file; the mistake is where the quote opened.
function lastQuoteBefore(document: Document.Parsed, error: YAMLError): number | undefined {
  let last: number | undefined;
  visit(document, {
    Scalar: (_, node) => {
      const isQuoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
      if (isQuoted && startOf(node) <= error.pos[0]) last = startOf(node);
    },
  });
  return last;
}

function structureProblems(document: Document.Parsed): YamlProblem[] {
  const problems: YamlProblem[] = [];
  visit(document, (key, node, ancestors) => {
    if (isPair(node)) {
      const problem = keyProblem(node.key);
      if (problem !== undefined) problems.push({ offset: startOf(node.key), problem });
      return;
    }
    if (key === 'key' || !isAlias(node)) return;
    const target = node.resolve(document);
    if (target === undefined)
      problems.push({
        offset: startOf(node),
        problem: 'an alias (*name) without its anchor; put text that begins with * in quotes',
      });
    else if (ancestors.includes(target))
      problems.push({ offset: startOf(node), problem: 'an alias (*name) that contains itself' });
  });
  return problems;
}

function keyProblem(key: unknown): string | undefined {
  if (!isScalar(key)) return 'a key that is not plain text';
  return FORBIDDEN_KEYS.has(String(key.value)) ? `the key "${String(key.value)}" is not allowed` : undefined;
}

function startOf(node: unknown): number {
  return (isNode(node) ? (node as Node).range?.[0] : undefined) ?? 0;
}
