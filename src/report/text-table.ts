/** A column of a table in the terminal. */
export interface Column {
  readonly head: string;
  /** Numbers stand on the right, text on the left. */
  readonly align: 'left' | 'right';
}

/**
 * A table of text without colour and without lines between the rows: columns two blanks apart under their
 * heads. It reads the same in a terminal, a log and a pipe; cells may hold colour codes of their own.
 */
export async function textTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): Promise<string> {
  const { default: Table } = await import('cli-table3');
  const none = '';
  const table = new Table({
    head: columns.map((column) => column.head),
    colAligns: columns.map((column) => column.align),
    // Its own default colours heads and borders even where nothing takes colour.
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: {
      top: none,
      'top-mid': none,
      'top-left': none,
      'top-right': none,
      bottom: none,
      'bottom-mid': none,
      'bottom-left': none,
      'bottom-right': none,
      left: none,
      'left-mid': none,
      mid: none,
      'mid-mid': none,
      right: none,
      'right-mid': none,
      middle: none,
    },
  });
  for (const row of rows) table.push([...row]);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .join('\n');
}
