import { paint } from './surface.js'

/** @typedef {import('./digit.js').Ink} Ink */

/**
 * Buttons with sample images.
 *
 * @param {(picture: Ink) => void} onChosen
 */
export async function showSamples(onChosen) {
  /** @type {{ height: number, width: number, images: { label: string, pixels: string }[] }} */
  const { height, width, images } = await (await fetch('page/samples.json')).json()
  const list = /** @type {HTMLElement} */ (document.querySelector('#sample-list'))
  for (const { label, pixels } of images) {
    const picture = { height, width, data: decode(pixels) }
    const button = document.createElement('button')
    button.type = 'button'
    button.ariaLabel = `Sample: ${label}`
    const canvas = document.createElement('canvas')
    Object.assign(canvas, { height, width })
    button.append(canvas)
    list.append(button)
    paint(/** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d')), picture)
    button.addEventListener('click', () => onChosen(picture))
  }
  const section = /** @type {HTMLElement} */ (document.querySelector('#samples'))
  section.hidden = images.length === 0
}

/**
 * Bytes as base64, to numbers from 0 to 1.
 *
 * @param {string} base64
 */
function decode(base64) {
  return Float32Array.from(atob(base64), (each) => each.charCodeAt(0) / 255)
}
