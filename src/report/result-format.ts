/** A way to show a result of one kind; stands in a list with the others of that kind. */
export interface ResultFormat<Result> {
  readonly name: string;
  render(result: Result): string;
}
