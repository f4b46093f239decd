import { imageDecoder } from './decode-image.ts'
import type { ImageDecoder, ImageSize } from './image-size.ts'

/**
 * A reader of PNG and JPEG pictures of any size, by the optional package sharp. Turned upright as their metadata says; transparency is
 * dropped.
 *
 * @throws DataError when sharp is not installed, and by the reader when a file is no picture or is damaged.
 */
export function pictureReader(size: ImageSize): Promise<ImageDecoder> {
  return imageDecoder(size)
}
