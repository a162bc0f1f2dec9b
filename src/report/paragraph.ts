/** Text behind a label, wrapped at `width` columns, further lines indented to where the text began. */
export function paragraph(label: string, text: string, width: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && label.length + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines
    .map((one, index) => `${index === 0 ? label : ' '.repeat(label.length)}${one}`.trimEnd())
    .join('\n');
}
