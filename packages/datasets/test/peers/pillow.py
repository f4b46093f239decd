"""Pictures of all kinds, whole and damaged, in a folder, and what Pillow makes of each: printed as JSON, by name."""
import io, json, random, struct, sys, warnings, zlib
from pathlib import Path
import numpy as np
import PIL
from PIL import Image

folder = Path(sys.argv[1])
warnings.simplefilter("ignore")
WIDTH, HEIGHT = 48, 32
y, x = np.mgrid[:HEIGHT, :WIDTH]
base = Image.fromarray(np.stack([x * 5, y * 7, (x + y) * 3], axis=-1).astype("uint8"))
alpha = Image.fromarray((x * 5).astype("uint8"))
pictures: dict[str, bytes] = {}


def save(image: Image.Image, kind: str, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


# Kinds.
with_alpha = base.copy()
with_alpha.putalpha(alpha)
palette = base.quantize(16)
frames = [Image.new("RGB", (WIDTH, HEIGHT), colour) for colour in ("red", "lime", "blue")]
animated = {"save_all": True, "append_images": frames[1:]}
jpeg, png, gif = save(base, "JPEG", quality=90), save(base, "PNG"), save(palette, "GIF")
pictures |= {
    "plain.jpg": jpeg,
    "plain.png": png,
    "plain.gif": gif,
    "plain.webp": save(base, "WEBP", lossless=True),
    "plain.tiff": save(base, "TIFF"),
    "lzw.tiff": save(base, "TIFF", compression="tiff_lzw"),
    "444.jpg": save(base, "JPEG", quality=95, subsampling=0),
    "progressive.jpg": save(base, "JPEG", quality=95, subsampling=0, progressive=True),
    "grey.jpg": save(base.convert("L"), "JPEG"),
    "grey.png": save(base.convert("L"), "PNG"),
    "rgba.png": save(with_alpha, "PNG"),
    "rgba.webp": save(with_alpha, "WEBP", lossless=True, exact=True),
    "la.png": save(with_alpha.convert("LA"), "PNG"),
    "palette.png": save(palette, "PNG"),
    "palette-alpha.png": save(palette, "PNG", transparency=bytes([0, 128] + [255] * 14)),
    "palette-one.png": save(palette, "PNG", transparency=3),
    "transparent.gif": save(palette, "GIF", transparency=3),
    "rgb-transparent.png": save(base, "PNG", transparency=(0, 0, 0)),
    "one-bit.png": save(base.convert("1"), "PNG"),
    "animated.gif": save(frames[0], "GIF", **animated),
    "animated.png": save(frames[0], "PNG", **animated),
    "pages.tiff": save(frames[0], "TIFF", **animated),
    "animated.webp": save(frames[0], "WEBP", lossless=True, **animated),
    "several.jpg": save(base, "MPO", save_all=True, append_images=[base], quality=95, subsampling=0),
    "png-called.jpg": png,
    "jpeg-called.png": jpeg,
    "EXTENSION.JPG": jpeg,
}

# Damage with a known place.
tables, scan = jpeg.index(b"\xff\xdb"), jpeg.index(b"\xff\xda")
pictures |= {
    "stray-2.jpg": jpeg[:tables] + b"\0\0" + jpeg[tables:],
    "stray-160.jpg": jpeg[:tables] + b"abcdefgh" * 20 + jpeg[tables:],
    "stray-before-scan.jpg": jpeg[:scan] + b"\0\0\0" + jpeg[scan:],
    "filled.jpg": jpeg[:tables] + b"\xff\xff\xff" + jpeg[tables:],
    "behind.jpg": jpeg + b"garbage" * 50,
    "before.jpg": b"\0\0" + jpeg,
    "broken-exif.jpg": jpeg[:2] + b"\xff\xe1\x00\x14Exif\0\0MM\0\x2a\xff\xff\xff\xff\0\0\0\0" + jpeg[2:],
    "broken-profile.jpg": save(base, "JPEG", icc_profile=b"no profile" * 20),
    "broken-profile.png": save(base, "PNG", icc_profile=b"no profile" * 20),
    "behind.png": png + b"garbage" * 10,
    "without-end.png": png[:-12],
    "unknown-chunk.png": png[:33] + chunk(b"abCd", b"xx") + png[33:],
    "gamma-twice.png": png[:33] + chunk(b"gAMA", b"\0\0\xb1\x8f") * 2 + png[33:],
    "empty.jpg": b"",
    "text.jpg": b"no picture",
}
restarts = bytearray(save(base, "JPEG", restart_marker_blocks=1))
lost = restarts.index(b"\xff\xd1")
pictures["restart-lost.jpg"] = bytes(restarts[:lost] + restarts[lost + 2 :])

# Cut off, and with bytes changed in their data: what a bad disk or an ended download makes of them.
for name, whole in (("a.jpg", jpeg), ("a.png", png), ("a.gif", gif)):
    for part in range(1, 20):
        pictures[f"cut-{part:02d}-{name}"] = whole[: len(whole) * part // 20]
    pictures[f"cut-all-but-1-{name}"] = whole[:-1]
    pictures[f"cut-all-but-2-{name}"] = whole[:-2]
for seed in range(40):
    draw = random.Random(seed)
    for name, whole, start in (("b.jpg", jpeg, scan + 14), ("b.png", png, 41)):
        changed = bytearray(whole)
        for _ in range(1 + seed % 4):
            changed[draw.randrange(start, len(changed) - 14)] = draw.randrange(256)
        pictures[f"changed-{seed:02d}-{name}"] = bytes(changed)

answers = {}
for name, data in pictures.items():
    (folder / name).write_bytes(data)
    try:
        with Image.open(folder / name) as image:
            pixels = np.asarray(image.convert("RGB"))
        answers[name] = {"size": list(pixels.shape[:2]), "mean": float(pixels.mean()), "pixels": pixels.ravel().tolist()}
    except Exception as error:
        answers[name] = {"problem": str(error)}
print(json.dumps({"version": PIL.__version__, "answers": answers}))
