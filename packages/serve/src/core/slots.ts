/**
 * How much is done at the same time. Who takes long gives its slot up while it goes on, so that a few that never end do not keep all others from beginning.
 */
export class Slots {
  private readonly patienceMs: number
  private readonly waiting: (() => void)[] = []
  private free: number

  /**
   * @param count at the same time.
   * @param patienceMs how long one may keep its slot.
   */
  constructor(count: number, patienceMs: number) {
    this.free = count
    this.patienceMs = patienceMs
  }

  /** Does something as soon as there is a slot for it. */
  async use<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.free === 0) await new Promise<void>((resolve) => this.waiting.push(resolve))
    else this.free -= 1
    let held = true
    const release = () => {
      if (!held) return
      held = false
      const next = this.waiting.shift()
      if (next === undefined) this.free += 1
      else next()
    }
    const late = setTimeout(release, this.patienceMs)
    try {
      return await work()
    } finally {
      clearTimeout(late)
      release()
    }
  }
}
