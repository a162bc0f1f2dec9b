/** Deeper than anything that a person writes; a parser that calls itself for each level ends the process far beyond. */
const deepest = 100;
/** Columns in front of the first word of a line: indentation, and dashes that open lists in lists. */
const widest = 400;

/**
 * Whether a YAML text nests deeper than any description does, told without parsing it. Brackets in texts count too:
 * they rarely stay open.
 */
export function nestsTooDeep(text: string): boolean {
  let [depth, start, leading] = [0, 0, true];
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '\n':
        [start, leading] = [at + 1, true];
        break;
      case '[':
      case '{':
        if (++depth > deepest) return true;
        leading = false;
        break;
      case ']':
      case '}':
        depth = Math.max(0, depth - 1);
        leading = false;
        break;
      case ' ':
      case '\t':
      case '-':
      case '?':
      case ':':
        if (leading && at - start > widest) return true;
        break;
      default:
        leading = false;
    }
  }
  return false;
}
