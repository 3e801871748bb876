/**
 * A text that a profile's pattern recognises: what a simulated meter calls itself. One of `names` where one
 * fits, else what the pattern itself spells out. Throws when neither does: the profile asks for something
 * that cannot be guessed.
 */
export function textMatching(pattern: string, names: readonly string[]): string {
  const expression = new RegExp(pattern, 'u');
  const spelled = spellOut(pattern);
  for (const candidate of [...names, spelled, ...names.map((name) => `${spelled} ${name}`)]) {
    if (expression.test(candidate)) return candidate.slice(0, 200);
  }
  throw new Error(`the simulator found no text that matches the pattern ${JSON.stringify(pattern)}`);
}

// Takes the first of alternatives and the least of repetitions; enough for the patterns of meter names.
function spellOut(pattern: string): string {
  let text = pattern.replace(/\\[bB]|^\^|\$$/g, '').replace(/\(\?[:=!]/g, '(');
  for (let previous = ''; previous !== text; ) {
    previous = text;
    text = text.replace(/\(([^()|]*)(?:\|[^()]*)?\)(\?)?/g, (_, first: string, optional?: string) =>
      optional === undefined ? first : '',
    );
  }
  return (text.split('|')[0] ?? '')
    .replace(/\[\^[^\]]*\]/g, 'x')
    .replace(/\[(\\?.)[^\]]*\]/g, '$1')
    .replace(/\\d/g, '0')
    .replace(/\\s/g, ' ')
    .replace(/\\w/g, 'x')
    .replace(/(\\?.)\{(\d+)[^}]*\}/g, (_, symbol: string, times: string) => symbol.repeat(Number(times)))
    .replace(/\\?.[*?]/g, '')
    .replace(/\+/g, '')
    .replace(/\\(.)/g, '$1')
    .replace(/^\^|\$$/g, '');
}
