// The process that a stranger's picture is decoded in. It may be killed at any time.
import { loadSharp, openPicture, reading } from '../images/open-picture.ts'
import { failureOf } from '../streams/failure.ts'
import { type ConvertAnswer, type ConvertRequest, tooManyPixels } from './convert-messages.ts'

async function convert({ bytes, where, mostPixels, longest }: ConvertRequest): Promise<Uint8Array> {
  const sharp = await loadSharp()
  return reading(where, async () => {
    const picture = await openPicture(sharp, where, Buffer.from(bytes))
    // Of what sharp reads nothing is unpacked yet: this is what the file says of itself.
    const { width, height } = await picture.metadata()
    if (width * height > mostPixels) throw tooManyPixels(where, { width, height, mostPixels })
    return picture
      .resize(longest, longest, { fit: 'inside', withoutEnlargement: true })
      .toColourspace('srgb')
      .png({ compressionLevel: 3 })
      .toBuffer()
  })
}

process.once('message', async (request: ConvertRequest) => {
  const answer = await convert(request).then(
    (png): ConvertAnswer => ({ png }),
    (error: unknown): ConvertAnswer => ({ failure: failureOf(error) }),
  )
  process.send!(answer, undefined, undefined, () => process.disconnect())
})
