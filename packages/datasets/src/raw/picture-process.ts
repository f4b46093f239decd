// The process that a stranger's picture is decoded in: `picture-process.ts PARENT BYTES SECONDS`, beyond which it ends itself. It may be killed at any time.
import { watchThisProcess } from '@ashlar/core/processes'
import { MissingPackageError } from '../images/missing-package.ts'
import { loadSharp, openPicture, reading } from '../images/open-picture.ts'
import { failureOf } from '../streams/failure.ts'
import type { ConvertAnswer, ConvertRequest } from './convert-messages.ts'

/** Whoever sends a picture to a server knows no experiment. */
const HINT = 'Save it anew, as PNG for instance, and send that.'

async function convert(request: ConvertRequest): Promise<Uint8Array> {
  const { bytes, where, mostPixels, longest } = request
  const sharp = await loadSharp()
  const read = async () => {
    const picture = await openPicture(sharp, where, Buffer.from(bytes), { mostPixels })
    return picture
      .resize(longest, longest, { fit: 'inside', withoutEnlargement: true })
      .toColourspace('srgb')
      .png({ compressionLevel: 3 })
      .toBuffer()
  }
  return reading(where, read, HINT)
}

const [parent, most, seconds] = process.argv.slice(2).map(Number) as [number, number, number]
// Before there is a picture.
await watchThisProcess({ parent, most, seconds })

process.once('message', async (request: ConvertRequest) => {
  const answer = await convert(request).then(
    (png): ConvertAnswer => ({ png }),
    (error: unknown): ConvertAnswer => ({
      failure: failureOf(error),
      isMissing: error instanceof MissingPackageError,
    }),
  )
  process.send!(answer, undefined, undefined, () => process.disconnect())
})
// The one that asked has gone.
process.once('disconnect', () => process.exit())
