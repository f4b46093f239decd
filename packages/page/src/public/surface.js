/** @typedef {import('./digit.js').Ink} Ink */

/** Thickness of a line, in parts of the canvas: about what a pen makes in MNIST. */
const LINE = 0.075
/** Length of a dot, in pixels of the canvas. */
const DOT = 0.01
/** How far an arrow key moves the pen, in parts of the canvas. */
const STEP = 0.04

/**
 * A canvas to draw on with mouse, pen, finger or keyboard. Ink is what is not transparent, so the colours may follow the theme.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {(change: 'drawn' | 'cleared') => void} onChange
 */
export function createSurface(canvas, onChange) {
  const context = /** @type {CanvasRenderingContext2D} */ (
    canvas.getContext('2d', { willReadFrequently: true })
  )
  const pen = { x: canvas.width / 2, y: canvas.height / 2, isDown: false }

  /** @param {{ x: number, y: number }} to */
  const drawTo = (to) => {
    context.strokeStyle = getComputedStyle(canvas).color
    context.lineWidth = LINE * canvas.width
    context.lineCap = 'round'
    context.beginPath()
    context.moveTo(pen.x, pen.y)
    // A line of no length is not drawn, but a tap is to leave a dot.
    context.lineTo(to.x + DOT, to.y)
    context.stroke()
    Object.assign(pen, to)
    onChange('drawn')
  }
  const clear = () => {
    context.clearRect(0, 0, canvas.width, canvas.height)
    Object.assign(pen, { x: canvas.width / 2, y: canvas.height / 2, isDown: false })
    onChange('cleared')
  }
  /** @param {PointerEvent} event */
  const placeOf = ({ clientX, clientY }) => {
    const { left, top, width, height } = canvas.getBoundingClientRect()
    return {
      x: ((clientX - left) / width) * canvas.width,
      y: ((clientY - top) / height) * canvas.height,
    }
  }

  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return
    canvas.setPointerCapture(event.pointerId)
    Object.assign(pen, placeOf(event), { isDown: false })
    drawTo(pen)
  })
  canvas.addEventListener('pointermove', (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return
    for (const each of coalesced(event)) drawTo(placeOf(each))
  })
  canvas.addEventListener('keydown', (event) => {
    const move = MOVES[event.key]
    if (move !== undefined) {
      const to = {
        x: within(pen.x + move[0] * STEP * canvas.width, canvas.width),
        y: within(pen.y + move[1] * STEP * canvas.height, canvas.height),
      }
      if (pen.isDown) drawTo(to)
      else Object.assign(pen, to)
    } else if (event.key === ' ') {
      pen.isDown = !pen.isDown
      if (pen.isDown) drawTo(pen)
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      clear()
    } else return
    canvas.ariaLabel = describePen(pen, canvas)
    event.preventDefault()
  })

  return {
    clear,
    /** @returns {Ink} what is on the canvas */
    ink() {
      const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height)
      const alpha = new Float32Array(width * height)
      for (let index = 0; index < alpha.length; index++) {
        alpha[index] = Number(data[index * 4 + 3]) / 255
      }
      return { data: alpha, width, height }
    },
    /**
     * Shows a picture instead of what was drawn.
     *
     * @param {Ink} picture
     */
    show(picture) {
      context.clearRect(0, 0, canvas.width, canvas.height)
      paint(context, picture)
    },
  }
}

/**
 * Paints a grey picture over a whole canvas, in the theme's ink.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Ink} picture
 */
export function paint(context, { height, width, data }) {
  const { canvas } = context
  context.fillStyle = getComputedStyle(canvas).color
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      context.globalAlpha = Number(data[y * width + x])
      const [left, top] = [(x * canvas.width) / width, (y * canvas.height) / height]
      context.fillRect(left, top, canvas.width / width, canvas.height / height)
    }
  }
  context.globalAlpha = 1
}

/** @type {Readonly<Record<string, readonly [x: number, y: number]>>} */
const MOVES = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

/**
 * All places that the pointer has passed since the last event. Not every browser tells.
 *
 * @param {PointerEvent} event
 */
function coalesced(event) {
  const all = event.getCoalescedEvents?.() ?? []
  return all.length > 0 ? all : [event]
}

/**
 * @param {number} value
 * @param {number} size
 */
function within(value, size) {
  return Math.min(size, Math.max(0, value))
}

/**
 * @param {{ x: number, y: number, isDown: boolean }} pen
 * @param {HTMLCanvasElement} canvas
 */
function describePen({ x, y, isDown }, { width, height }) {
  const [across, down] = [Math.round((x / width) * 100), Math.round((y / height) * 100)]
  return `Drawing area. Pen ${isDown ? 'down' : 'up'}, ${across} percent from the left, ${down} percent from the top`
}
