/** How meaning is coloured; each is the identity where no colour is taken. */
export interface Style {
  readonly success: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly error: (text: string) => string;
}

/** No colour at all. */
export const plain: Style = { success: (text) => text, warning: (text) => text, error: (text) => text };
