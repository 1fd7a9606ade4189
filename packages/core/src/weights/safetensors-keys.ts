/** @file The keys of a JSON object with repetitions, which JSON.parse would hide. */

/** The keys of the outermost object of a valid JSON text, in order, repeated ones too. */
export function* topLevelKeys(json: string): Generator<string> {
  let depth = 0;
  let expectKey = false;
  for (let at = 0; at < json.length; at++) {
    const char = json[at];
    if (char === '"') {
      const end = stringEnd(json, at);
      if (depth === 1 && expectKey) yield JSON.parse(json.slice(at, end)) as string;
      expectKey = false;
      at = end - 1;
    } else if (char === '{' || char === '[') {
      depth++;
      expectKey = depth === 1;
    } else if (char === '}' || char === ']') {
      depth--;
    } else if (char === ',') {
      expectKey = depth === 1;
    }
  }
}

/** The position after the string that begins at `start`. */
function stringEnd(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}
