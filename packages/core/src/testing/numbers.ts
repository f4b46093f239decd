import seedrandom from 'seedrandom'

/** Numbers of a normal distribution, the same for the same seed. */
export function normalNumbers(length: number, seed: string): Float32Array {
  const random = seedrandom.alea(seed)
  // Box and Muller; 1 - random() is never 0.
  return Float32Array.from(
    { length },
    () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  )
}

/** Rows of positive numbers whose sum is 1, none of them near 0. */
export function probabilityRows(rows: number, width: number, seed: string): Float32Array {
  const numbers = normalNumbers(rows * width, seed).map((value) => Math.exp(value / 2))
  for (let row = 0; row < rows; row++) {
    const part = numbers.subarray(row * width, (row + 1) * width)
    const sum = part.reduce((total, value) => total + value, 0)
    part.forEach((value, i) => {
      part[i] = value / sum
    })
  }
  return numbers
}

/** The length of a list of numbers as a vector. */
export function norm(numbers: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < numbers.length; i++) sum += numbers[i]! ** 2
  return Math.sqrt(sum)
}

/** How many numbers a shape holds. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dim) => size * dim, 1)
}
