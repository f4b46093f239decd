// From what was drawn to what a digit classifier was trained on.

/**
 * A grey image: 0 for the background, 1 for ink, row by row.
 *
 * @typedef {{ height: number, width: number, data: Float32Array }} Ink
 */

/** Ink below this is the soft edge of a line: it does not count for the box around the digit. */
const THRESHOLD = 0.1

/** MNIST fits its digits into a box of 20 pixels of 28. */
const BOX = 20 / 28

/**
 * Scales a drawing down as MNIST's digits were: the box around the ink to 20/28 of the picture, keeping its proportions, its centre of
 * mass in the middle of the picture. Each pixel is the mean of the area that it covers.
 *
 * Source: Y. LeCun, C. Cortes, C. Burges, The MNIST database of handwritten digits.
 *
 * @param {Ink} ink
 * @param {{ height: number, width: number }} size of the model's input
 * @returns {Float32Array | undefined} `[height, width]`, 0 to 1; undefined when nothing was drawn
 */
export function toDigit(ink, { height, width }) {
  const box = boxOf(ink)
  if (box === undefined) return undefined
  const scale = (BOX * Math.min(height, width)) / Math.max(box.height, box.width)
  const centre = centreOfMass(ink)
  const digit = new Float32Array(height * width)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const top = (y - height / 2) / scale + centre.y
      const left = (x - width / 2) / scale + centre.x
      digit[y * width + x] = meanOf(ink, { top, left, size: 1 / scale })
    }
  }
  return digit
}

/**
 * The smallest box around the ink.
 *
 * @param {Ink} ink
 */
function boxOf({ height, width, data }) {
  let [top, bottom, left, right] = [height, -1, width, -1]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (/** @type {number} */ (data[y * width + x]) < THRESHOLD) continue
      top = Math.min(top, y)
      bottom = y
      left = Math.min(left, x)
      right = Math.max(right, x)
    }
  }
  return bottom < 0 ? undefined : { height: bottom - top + 1, width: right - left + 1 }
}

/**
 * In pixels from the top left corner.
 *
 * @param {Ink} ink
 */
function centreOfMass({ height, width, data }) {
  let [mass, y, x] = [0, 0, 0]
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const value = /** @type {number} */ (data[row * width + column])
      mass += value
      y += value * (row + 0.5)
      x += value * (column + 0.5)
    }
  }
  return { y: y / mass, x: x / mass }
}

/**
 * Mean ink of a square whose edges may cut through pixels; outside of the picture there is none.
 *
 * @param {Ink} ink
 * @param {{ top: number, left: number, size: number }} square
 */
function meanOf({ height, width, data }, { top, left, size }) {
  let sum = 0
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(height, top + size); y++) {
    const rows = Math.min(y + 1, top + size) - Math.max(y, top)
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(width, left + size); x++) {
      const columns = Math.min(x + 1, left + size) - Math.max(x, left)
      sum += /** @type {number} */ (data[y * width + x]) * rows * columns
    }
  }
  return sum / (size * size)
}
