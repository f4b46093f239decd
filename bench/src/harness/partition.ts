/** Something to measure, which may not be installed. */
export interface Installable<Place> {
  readonly name: string
  /** Why it cannot be measured; `undefined` when it can. */
  missing(place: Place): Promise<string | undefined>
}

/** Those that are here, and why the others are not. */
export async function partition<Place, Engine extends Installable<Place>>(
  engines: readonly Engine[],
  place: Place,
): Promise<{ present: Engine[]; missing: Record<string, string> }> {
  const present: Engine[] = []
  const missing: Record<string, string> = {}
  for (const engine of engines) {
    const reason = await engine.missing(place)
    if (reason === undefined) present.push(engine)
    else missing[engine.name] = reason
  }
  return { present, missing }
}
