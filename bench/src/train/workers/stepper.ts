import type { Measured, MeasureRequest } from '../protocol.ts'

/**
 * Lets a loop that is not ours (`fit`) run for a while at a time: the loop calls `done` after each step and waits for what it returns.
 */
export class Stepper {
  #images = 0
  #until = 0
  #began = 0
  #finish: ((measured: Measured) => void) | undefined
  #resume: (() => void) | undefined

  /** To be called by the loop. Settles when the next step may begin. */
  done(images: number): Promise<void> | undefined {
    this.#images += images
    const now = performance.now()
    if (now < this.#until) return undefined
    const seconds = (now - this.#began) / 1000
    return new Promise((resolve) => {
      this.#resume = resolve
      this.#finish?.({ images: this.#images, seconds })
    })
  }

  /** Lets the loop begin or go on; settles with what it did. With no time it does one step. */
  measure({ seconds }: MeasureRequest): Promise<Measured> {
    return new Promise((resolve) => {
      this.#finish = resolve
      this.#images = 0
      this.#began = performance.now()
      this.#until = this.#began + seconds * 1000
      this.#resume?.()
    })
  }
}

/** Repeats a step for about so many seconds, at least once. */
export async function repeat(
  { seconds }: MeasureRequest,
  step: () => Promise<number> | number,
): Promise<Measured> {
  const began = performance.now()
  let images = 0
  let now = began
  do {
    images += await step()
    now = performance.now()
  } while (now < began + seconds * 1000)
  return { images, seconds: (now - began) / 1000 }
}
