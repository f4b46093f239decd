/** Examples at places where the result jumps or has a corner, so that no difference tells a derivative, by kernel and name of the example. */
export const JUMPING: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['bilinear to 3 x 4', 'bilinear to 1 x 1', 'nearest to 3 x 4', 'nearest to 1 x 1'].map(
      (name) => [
        `CropAndResize ${name}`,
        'boxes end on the edges of pixels, where the result jumps',
      ],
    ),
  ),
  ...Object.fromEntries(
    ['constant', 'reflect', 'wrap', 'nearest'].flatMap((fill) =>
      ['nearest', 'bilinear'].map((method) => [
        `Transform ${fill}, ${method}`,
        'places lie half-way between pixels, where the result jumps',
      ]),
    ),
  ),
}
