/** A sine of whole numbers: sin(2 pi (turns * i + phase)). */
export interface Wave {
  readonly turns: number
  readonly phase: number
}

/** Sines and cosines begin there. */
const PHASES = [0, 0.25]

/** Numbers of float32 are as far from what they stand for. */
const NEAR = 2e-6

/** Beyond this a sine is too flat to say where it is. */
const STEEP = 0.9

/**
 * The sine or cosine of a multiple of 0, 1, 2, ... that these numbers are: its frequency is read off the first numbers, and sharper the farther they go.
 */
export function waveOf(numbers: readonly number[]): Wave | undefined {
  if (numbers.length < 16) return undefined
  if (numbers.some((each) => !(Math.abs(each) <= 1 + NEAR))) return undefined
  for (const phase of PHASES) {
    if (Math.abs(numbers[0]! - Math.sin(2 * Math.PI * phase)) > NEAR) continue
    const first = angles(numbers[1]!).map((angle) => angle - 2 * Math.PI * phase)
    for (const step of first) {
      const sharp = sharpened(numbers, phase, step)
      const isIt = numbers.every(
        (each, at) => Math.abs(each - Math.sin(sharp * at + 2 * Math.PI * phase)) <= NEAR,
      )
      if (isIt) return { turns: sharp / (2 * Math.PI), phase }
    }
  }
  return undefined
}

/** Angles with a sine. */
function angles(sine: number): number[] {
  const angle = Math.asin(Math.max(-1, Math.min(1, sine)))
  return [angle, Math.PI - angle]
}

function sharpened(numbers: readonly number[], phase: number, first: number): number {
  let step = first
  // What is known to one number's place is known to twice as far a one's.
  for (let reach = 1; reach < numbers.length; ) {
    let next = reach
    for (let at = Math.min(numbers.length - 1, 2 * reach); at > reach; at--) {
      if (Math.abs(numbers[at]!) > STEEP) continue
      next = at
      break
    }
    if (next === reach) {
      reach = 2 * reach
      continue
    }
    const about = step * next + 2 * Math.PI * phase
    const all = angles(numbers[next]!).map(
      (angle) => angle + 2 * Math.PI * Math.round((about - angle) / (2 * Math.PI)),
    )
    const [a, b] = all as [number, number]
    const nearest = Math.abs(a - about) < Math.abs(b - about) ? a : b
    step = (nearest - 2 * Math.PI * phase) / next
    reach = next
  }
  return step
}
