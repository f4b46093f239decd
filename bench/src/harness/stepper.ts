import { type Measured, type MeasureRequest, processorSeconds } from './repeat.ts'

/**
 * Lets a loop that is not ours (`fit`) run for a while at a time: the loop calls `done` after each step and waits for what it returns.
 */
export class Stepper {
  #images = 0
  #until = 0
  #began = 0
  #used = 0
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
      this.#finish?.({
        ...{ images: this.#images, seconds },
        processor: processorSeconds() - this.#used,
      })
    })
  }

  /** Lets the loop begin or go on; settles with what it did. With no time it does one step. */
  measure({ seconds }: MeasureRequest): Promise<Measured> {
    return new Promise((resolve) => {
      this.#finish = resolve
      this.#images = 0
      this.#began = performance.now()
      this.#used = processorSeconds()
      this.#until = this.#began + seconds * 1000
      this.#resume?.()
    })
  }
}
