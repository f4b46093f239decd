/** What stands in the place of this when the package is bundled: a digest of its sources. */
declare const ASHLAR_BUILD: string

/** Tells builds of this package apart; undefined where it runs from its sources. */
export const build: string | undefined = typeof ASHLAR_BUILD === 'string' ? ASHLAR_BUILD : undefined
