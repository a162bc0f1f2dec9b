let supervised = false;

/**
 * Says that another process watches over this one and turns a fault in native code into an error message: models need
 * not be tried in a child first. Said once, by whoever is started that way; a program that uses the library never is.
 */
export function declareSupervised(): void {
  supervised = true;
}

export function isSupervised(): boolean {
  return supervised;
}
