import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Folders whose parts emit notices; codes elsewhere are those of errors. */
const FOLDERS = ['app', 'broker', 'pipeline', 'sinks', 'sources'];
/** Functions that are given the code of a notice. */
const TELLERS = new Set(['notice', 'tell', '#tell', '#tellOnce', 'say', 'begin', 'end', 'away']);
/** Codes in FOLDERS that only stand in the log. */
const NO_EVENTS = new Set(['state-directory']);
/** All others are words joined by "-", which tells them from levels and keys. */
const ONE_WORD = 'switched';
/** A trouble of a plug or of the program behind it ends with its code and this. */
const OVER = '-over';

describe('the events table of docs/topics.md', () => {
  const inSource = codesInSource();
  const inTable = codesInTable();

  it('has every code that the program tells', () => {
    expect(inSource.size).toBeGreaterThan(40);
    expect([...inSource].filter((code) => !isListed(code, inTable))).toEqual([]);
  });

  it('has no code that nothing tells', () => {
    const tells = (code: string) => [...inSource].some((known) => known === code || isPattern(known, code));
    expect([...inTable].filter((code) => !tells(code))).toEqual([]);
  });
});

function isListed(code: string, table: ReadonlySet<string>): boolean {
  return [...table].some((listed) => listed === code || isPattern(code, listed));
}

/** `waveform-*` in the source stands for the codes that are put together there. */
function isPattern(pattern: string, code: string): boolean {
  if (pattern === `*${OVER}`) return code === `...${OVER}`;
  return pattern.endsWith('*') && code.startsWith(pattern.slice(0, -1));
}

function codesInTable(): Set<string> {
  const page = readFileSync(join(ROOT, 'docs/topics.md'), 'utf8');
  const section = page.slice(page.indexOf('\n## Events'), page.indexOf('\n## Switching'));
  const cells = [...section.matchAll(/^\| (`[^|]*`) \|/gm)].map(([, cell = '']) => cell);
  return new Set(cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)));
}

function codesInSource(): Set<string> {
  const codes = new Set<string>();
  for (const folder of FOLDERS)
    for (const name of readdirSync(join(ROOT, 'src', folder), { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts')) continue;
      const text = readFileSync(join(ROOT, 'src', folder, name), 'utf8');
      collect(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true), codes);
    }
  return codes;
}

function collect(node: ts.Node, codes: Set<string>): void {
  const places =
    ts.isCallExpression(node) && TELLERS.has(calledName(node)) ? node.arguments : codePlace(node);
  for (const place of places) for (const code of textsOf(place)) if (isCode(code)) codes.add(code);
  ts.forEachChild(node, (child) => collect(child, codes));
}

const isCode = (text: string) =>
  text === ONE_WORD || (/^([a-z0-9]+|\*)(-([a-z0-9]+|\*))+$/.test(text) && !NO_EVENTS.has(text));

function calledName({ expression }: ts.CallExpression): string {
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText();
}

/** The value of a member or variable called `code`. */
function codePlace(node: ts.Node): readonly ts.Expression[] {
  if (!ts.isPropertyAssignment(node) && !ts.isVariableDeclaration(node)) return [];
  return node.name.getText() === 'code' && node.initializer !== undefined ? [node.initializer] : [];
}

/** Text that an expression can be; what is put into it later is `*`. */
function textsOf(node: ts.Expression): readonly string[] {
  if (ts.isConditionalExpression(node)) return [...textsOf(node.whenTrue), ...textsOf(node.whenFalse)];
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (!ts.isTemplateExpression(node)) return [];
  return [node.head.text + node.templateSpans.map(({ literal }) => `*${literal.text}`).join('')];
}
