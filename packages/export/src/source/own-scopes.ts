/** Ends the scope of what the exporter adds to a model while its graph is made: no layer of a user is called so. */
const OWN = '\0'

/** Scope of what makes samples of raw data. */
export const PREPROCESS: string = `preprocess${OWN}`

/** Scope of what names classes. */
export const LABELS: string = `labels${OWN}`

export function isOwnScope(scope: string): boolean {
  return scope.includes(OWN)
}

/** What a user is to read of such a scope. */
export function ownName(scope: string): string {
  return scope.replaceAll(OWN, '')
}
