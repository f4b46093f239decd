import { asPng } from './protocol.js'

/** @typedef {import('./encoding.js').Pixels} Pixels */
/** @typedef {import('./card.js').Card['converts']} Converts what the server of the page makes PNG, if anything */

/** Sides of a picture that is read in full; larger ones are made smaller first, which no model sees. */
const LARGEST = 4096

/**
 * A file as a picture: by this browser, and what it does not read, by the server, where that can.
 *
 * @param {Blob} file
 * @param {Converts} [converts]
 * @returns {Promise<Pixels>}
 */
export async function pictureIn(file, converts) {
  const bitmap = await createImageBitmap(file).catch(() => convertedBitmap(file, converts))
  return pixelsOf(bitmap, bitmap)
}

/**
 * @param {Blob} file
 * @param {Converts} converts
 */
async function convertedBitmap(file, converts) {
  const name = file instanceof File && file.name ? file.name : 'What was given'
  const refused = `${name} is no picture that this browser can read`
  if (converts === undefined) throw new Error(`${refused}, and its server reads none for it.`)
  if (file.size > converts.mostBytes) {
    const most = Math.floor(converts.mostBytes / 2 ** 20)
    throw new Error(`${refused}, and its server reads none of more than ${most} MiB.`)
  }
  try {
    return await createImageBitmap(await asPng(file))
  } catch (error) {
    throw new Error(`${refused}, nor its server: ${/** @type {Error} */ (error).message}`)
  }
}

/**
 * What a dialog offers to choose.
 *
 * @param {Converts} converts
 */
export function acceptedFiles(converts) {
  return ['image/*', ...(converts?.endings ?? [])].join()
}

/**
 * Takes pictures from everywhere: a file, dropped, pasted, or from the camera.
 *
 * @param {{ onPicture: (pixels: Pixels) => void, onProblem: (error: unknown) => void }} told
 * @param {Converts} [converts]
 */
export function takePictures({ onPicture, onProblem }, converts) {
  /** @param {Blob | null | undefined} file */
  const take = async (file) => {
    if (!file) return
    try {
      onPicture(await pictureIn(file, converts))
    } catch (error) {
      onProblem(error)
    }
  }
  const upload = /** @type {HTMLInputElement} */ (document.querySelector('#upload'))
  upload.accept = acceptedFiles(converts)
  upload.addEventListener('change', () => {
    void take(upload.files?.[0])
    // The same file may be taken again.
    upload.value = ''
  })
  document.querySelector('#choose')?.addEventListener('click', () => upload.click())

  const zone = /** @type {HTMLElement} */ (document.querySelector('#drop'))
  document.addEventListener('dragover', (event) => {
    event.preventDefault()
    zone.classList.add('over')
  })
  document.addEventListener('dragleave', () => zone.classList.remove('over'))
  document.addEventListener('drop', (event) => {
    event.preventDefault()
    zone.classList.remove('over')
    const [file] = event.dataTransfer?.files ?? []
    if (file === undefined) onProblem(new Error('A file must be dropped, not a link.'))
    else void take(file)
  })
  document.addEventListener('paste', (event) => {
    const items = [...(event.clipboardData?.items ?? [])]
    const file = items.find(({ type }) => type.startsWith('image/'))?.getAsFile()
    if (file) {
      event.preventDefault()
      void take(file)
    }
  })
  useCamera({ onPicture, onProblem })
}

/** @param {Parameters<typeof takePictures>[0]} told */
function useCamera({ onPicture, onProblem }) {
  const open = /** @type {HTMLButtonElement} */ (document.querySelector('#camera'))
  const shot = /** @type {HTMLButtonElement} */ (document.querySelector('#shot'))
  const video = /** @type {HTMLVideoElement} */ (document.querySelector('#video'))
  // Browsers have none for pages of other machines without TLS.
  if (navigator.mediaDevices?.getUserMedia === undefined) {
    open.hidden = true
    return
  }
  /** @type {MediaStream | undefined} */
  let stream
  const close = () => {
    for (const track of stream?.getTracks() ?? []) track.stop()
    stream = undefined
    video.srcObject = null
    video.hidden = true
    shot.hidden = true
    open.textContent = 'Camera'
  }
  open.addEventListener('click', async () => {
    if (stream !== undefined) {
      close()
      return
    }
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: 'environment' },
      })
      video.srcObject = stream
      video.hidden = false
      open.textContent = 'Close the camera'
      await video.play()
      // Before it plays there is nothing to take.
      shot.hidden = false
      shot.focus()
    } catch (error) {
      close()
      onProblem(new Error(`The camera cannot be used: ${/** @type {Error} */ (error).message}`))
    }
  })
  shot.addEventListener('click', () => {
    const size = { width: video.videoWidth, height: video.videoHeight }
    if (size.width === 0) return
    onPicture(pixelsOf(video, size))
  })
}

/**
 * @param {CanvasImageSource} source
 * @param {{ width: number, height: number }} size
 * @returns {Pixels}
 */
function pixelsOf(source, size) {
  const scale = Math.min(1, LARGEST / Math.max(size.width, size.height))
  const width = Math.max(1, Math.round(size.width * scale))
  const height = Math.max(1, Math.round(size.height * scale))
  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width, height })
  const context = /** @type {CanvasRenderingContext2D} */ (
    canvas.getContext('2d', { willReadFrequently: true })
  )
  context.imageSmoothingQuality = 'high'
  context.drawImage(source, 0, 0, width, height)
  return { width, height, data: context.getImageData(0, 0, width, height).data }
}

/**
 * Shows a picture whole, at the width that there is.
 *
 * @param {Pixels} pixels
 * @param {HTMLCanvasElement} [canvas]
 */
export function showPicture(
  { width, height, data },
  canvas = /** @type {HTMLCanvasElement} */ (document.querySelector('#preview')),
) {
  Object.assign(canvas, { width, height })
  canvas.hidden = false
  canvas
    .getContext('2d')
    ?.putImageData(new ImageData(new Uint8ClampedArray(data), width, height), 0, 0)
}
