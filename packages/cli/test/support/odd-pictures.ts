import sharp from 'sharp'

export const WIDTH = 48
export const HEIGHT = 32

/** A picture that has no two pixels alike, in files of many kinds. What browsers convert by rules of their own is not among them: CMYK, and the orientation of WebP. */
export async function oddPictures(): Promise<Record<string, Buffer>> {
  const pixels = Buffer.alloc(WIDTH * HEIGHT * 3)
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const color = [(255 * x) / WIDTH, (255 * y) / HEIGHT, x < WIDTH / 2 ? 200 : 40]
      pixels.set(color, 3 * (y * WIDTH + x))
    }
  }
  const made = () => sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
  const oriented = [3, 5, 6, 8].map(
    async (orientation) =>
      [
        `orientation ${orientation}.jpg`,
        await made().withMetadata({ orientation }).jpeg().toBuffer(),
      ] as const,
  )
  return {
    'plain.jpg': await made().jpeg().toBuffer(),
    'progressive.jpg': await made().jpeg({ progressive: true }).toBuffer(),
    'grey.jpg': await made().grayscale().jpeg().toBuffer(),
    'display P3.jpg': await made().withIccProfile('p3').jpeg().toBuffer(),
    'display P3.png': await made().withIccProfile('p3').png().toBuffer(),
    '16 bits.png': await made().toColourspace('rgb16').png().toBuffer(),
    'grey of 16 bits.png': await made().grayscale().toColourspace('grey16').png().toBuffer(),
    'palette.png': await made().png({ palette: true }).toBuffer(),
    'turned.png': await made().withMetadata({ orientation: 6 }).png().toBuffer(),
    'palette.gif': await made().gif().toBuffer(),
    'lossy.webp': await made().webp().toBuffer(),
    'lossy.avif': await made().avif().toBuffer(),
    ...Object.fromEntries(await Promise.all(oriented)),
  }
}
