import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  kronecker,
  MOST_REACH,
  turned,
  winogradMatrices,
} from '../../src/lower/winograd-matrices.ts'
import { closeTo } from '../support/close-to.ts'

const test = suite('matrices of Winograd convolutions')

type Matrix = readonly (readonly number[])[]

const times = (matrix: Matrix, numbers: readonly number[]) =>
  matrix.map((row) => row.reduce((sum, each, at) => sum + each * numbers[at]!, 0))

const numbers = (count: number, seed: number) =>
  Array.from({ length: count }, (_, at) => Math.sin(at * 1.7 + seed))

const multiplied = (a: readonly number[], b: readonly number[]) =>
  a.map((each, at) => each * b[at]!)

for (let taps = 1; taps <= 5; taps++) {
  for (let tile = 1; tile + taps - 1 <= MOST_REACH; tile++) {
    const { input, filter, output } = winogradMatrices(tile, taps)
    const [image, weights, given] = [
      numbers(tile + taps - 1, 1),
      numbers(taps, 2),
      numbers(tile, 3),
    ]

    test(`${tile} results of ${taps} taps are those of a plain sum`, () => {
      const products = multiplied(times(input, image), times(filter, weights))
      const plain = given.map((_, at) =>
        weights.reduce((sum, weight, tap) => sum + weight * image[at + tap]!, 0),
      )
      closeTo(times(output, products), plain, 1e-13)
    })

    test(`the gradient by ${taps} taps of ${tile} results is that of a plain sum`, () => {
      const products = multiplied(times(input, image), times(turned(output), given))
      const plain = weights.map((_, tap) =>
        given.reduce((sum, each, at) => sum + each * image[at + tap]!, 0),
      )
      closeTo(times(turned(filter), products), plain, 1e-13)
    })
  }
}

test('two results of three taps are the known ones', () => {
  const { input, output } = winogradMatrices(2, 3)
  const whole = (matrix: Matrix) => matrix.map((row) => row.map((each) => each + 0))
  assert.equal(whole(input), [
    [-1, 0, 1, 0],
    [0, 1, 1, 0],
    [0, -1, 1, 0],
    [0, -1, 0, 1],
  ])
  assert.equal(whole(output), [
    [1, 1, 1, 0],
    [0, 1, -1, 1],
  ])
})

test('a matrix for two axes is the product of those of each', () => {
  assert.equal(
    kronecker(
      [[1, 2]],
      [
        [3, 4],
        [5, 6],
      ],
    ),
    [
      [3, 4, 6, 8],
      [5, 6, 10, 12],
    ],
  )
})

test.run()
