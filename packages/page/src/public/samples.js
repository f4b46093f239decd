import { paint } from './surface.js'

/** @typedef {{ height: number, width: number, channels: number, data: Float32Array, pixels: import('./encoding.js').Pixels }} Sample numbers from 0 to 1, channels last */

/**
 * Buttons with sample images.
 *
 * @param {(sample: Sample) => void} onChosen
 */
export async function showSamples(onChosen) {
  /** @type {{ height: number, width: number, channels?: number, images: { label: string, pixels: string }[] }} */
  const { height, width, channels = 1, images } = await (await fetch('page/samples.json')).json()
  const list = /** @type {HTMLElement} */ (document.querySelector('#sample-list'))
  for (const { label, pixels } of images) {
    const bytes = decode(pixels)
    const data = Float32Array.from(bytes, (byte) => byte / 255)
    const sample = {
      height,
      width,
      channels,
      data,
      pixels: asPixels(bytes, { height, width, channels }),
    }
    const button = document.createElement('button')
    button.type = 'button'
    button.ariaLabel = `Sample: ${label}`
    const canvas = document.createElement('canvas')
    Object.assign(canvas, { height, width })
    button.append(canvas)
    list.append(button)
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'))
    if (channels === 1) paint(context, sample)
    else
      context.putImageData(
        new ImageData(new Uint8ClampedArray(sample.pixels.data), width, height),
        0,
        0,
      )
    button.addEventListener('click', () => onChosen(sample))
  }
  const section = /** @type {HTMLElement} */ (document.querySelector('#samples'))
  section.hidden = images.length === 0
}

/**
 * @param {Uint8Array} bytes
 * @param {{ height: number, width: number, channels: number }} shape
 */
function asPixels(bytes, { height, width, channels }) {
  const data = new Uint8ClampedArray(height * width * 4)
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++)
      data[4 * i + c] = Number(bytes[i * channels + (channels === 1 ? 0 : c)])
    data[4 * i + 3] = 255
  }
  return { height, width, data }
}

/**
 * Base64 as bytes.
 *
 * @param {string} base64
 */
function decode(base64) {
  return Uint8Array.from(atob(base64), (each) => each.charCodeAt(0))
}
