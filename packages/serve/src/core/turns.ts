/** Work that must not overlap: what is asked for under one name is done one after the other. */
export class Turns {
  private readonly turns: Map<string, Promise<unknown>> = new Map()

  /** Does something once all that was asked for before under that name is done. */
  take<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const turn = (this.turns.get(name) ?? Promise.resolve()).then(work, work)
    const settled = turn.then(
      () => undefined,
      () => undefined,
    )
    this.turns.set(name, settled)
    void settled.then(() => {
      if (this.turns.get(name) === settled) this.turns.delete(name)
    })
    return turn
  }

  /** Waits for all that was asked for so far. */
  async whenDone(): Promise<void> {
    await Promise.allSettled(this.turns.values())
  }
}
