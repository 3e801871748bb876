// Holds the limits of CONTRIBUTING.md: no source or test file over 300 lines, no function over 50.
import { readdir, readFile } from 'node:fs/promises';
import ts from 'typescript';

const MAX_FILE_LINES = 300;
const MAX_FUNCTION_LINES = 50;
const problems = [];

for (const folder of ['src', 'test', 'bench', 'scripts']) {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (!entry.isFile() || !/\.(ts|mjs)$/.test(entry.name)) continue;
    const path = `${entry.parentPath}/${entry.name}`;
    const text = await readFile(path, 'utf8');
    const lines = text.split('\n').length - 1;
    if (lines > MAX_FILE_LINES) problems.push(`${path}: ${lines} lines, at most ${MAX_FILE_LINES}`);
    if (folder === 'src') checkFunctions(path, text);
  }
}

function checkFunctions(path, text) {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const lineOf = (position) => file.getLineAndCharacterOfPosition(position).line + 1;
  const visit = (node) => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const length = lineOf(node.body.end) - lineOf(node.body.getStart()) + 1;
      const name = node.name?.getText() ?? '(anonymous)';
      if (length > MAX_FUNCTION_LINES)
        problems.push(
          `${path}:${lineOf(node.getStart())}: ${name} has ${length} lines, at most ${MAX_FUNCTION_LINES}`,
        );
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
}

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
