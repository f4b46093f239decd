"""Pictures of all kinds, whole and damaged, in a folder, and what Pillow makes of each: printed as JSON, by name."""
import io, json, random, struct, sys, warnings, zlib
from pathlib import Path
import numpy as np
import PIL
from PIL import Image, features

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

for kind, ending in (("WEBP", "webp"), ("AVIF", "avif")):
    if features.check(ending):
        pictures |= {f"lossy.{ending}": save(base, kind, quality=95), f"lossy-alpha.{ending}": save(with_alpha, kind, quality=95)}

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

# Formats that sharp does not read, in every mode that Pillow writes them in; and the kinds of TIFF.
sixteen = Image.fromarray((x * 1300 + y * 20).astype("uint16"))
modes = {
    "1": base.convert("1"),
    "L": base.convert("L"),
    "LA": with_alpha.convert("LA"),
    "P": base.quantize(200),
    "P16": palette,
    "P2": base.quantize(2),
    "RGB": base,
    "RGBA": with_alpha,
    "I16": sixteen,
    "YCbCr": base.convert("YCbCr"),
}
icon = {"sizes": [(16, 16), (WIDTH, HEIGHT)]}
compressions = ("raw", "tiff_lzw", "packbits", "tiff_deflate", "group3", "group4", "jpeg")
for kind, ending, choices in (
    ("BMP", "bmp", [{}]),
    ("PPM", "ppm", [{}]),
    ("ICO", "ico", [icon, icon | {"bitmap_format": "bmp"}]),
    ("TGA", "tga", [{}, {"compression": "tga_rle"}, {"orientation": 1}]),
    ("SGI", "sgi", [{}]),
    ("JPEG2000", "jp2", [{}, {"no_jp2": True}]),
    ("DDS", "dds", [{}]),
    ("QOI", "qoi", [{}]),
    ("PCX", "pcx", [{}]),
    ("DIB", "dib", [{}]),
    ("XBM", "xbm", [{}, {"hotspot": (1, 2)}]),
    ("TIFF", "tif", [{"compression": each} for each in compressions]),
):
    for mode, image in modes.items():
        for index, options in enumerate(choices):
            try:
                data = save(image, kind, **options)
            except (OSError, KeyError, ValueError):
                continue  # Not a mode of this format.
            pictures[f"{kind}-{mode}-{index}.{ending}"] = data
            if kind != "TIFF" and mode in ("L", "RGB", "P"):
                # A TGA ends with notes of 26 bytes that nobody needs.
                for part in (3, 6, 9):
                    pictures[f"short-{part}-{kind}-{mode}-{index}.{ending}"] = data[: (len(data) - 26) * part // 10]
                pictures[f"behind-{kind}-{mode}-{index}.{ending}"] = data + b"garbage" * 9

# What Pillow reads and does not write.
upwards = np.asarray(palette)[::-1]
colours = b"".join(bytes([b, g, r, 0]) for r, g, b in np.array(palette.getpalette()[:48]).reshape(-1, 3).tolist())


def bmp(bits: int, compression: int, colours: bytes, data: bytes, height: int = HEIGHT) -> bytes:
    start = 54 + len(colours)
    used = len(colours) // 4 if bits <= 8 else 0
    info = struct.pack("<IiiHHIIiiII", 40, WIDTH, height, 1, bits, compression, len(data), 0, 0, used, 0)
    return b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start) + info + colours + data


def runs(row: np.ndarray, nibbles: bool) -> bytes:
    out, at, values = b"", 0, row.tolist()
    while at < len(values):
        end = at + 1
        while end < len(values) and values[end] == values[at]:
            end += 1
        out += bytes([end - at, values[at] * 17 if nibbles else values[at]])
        at = end
    return out + b"\0\0"


def literal(row: np.ndarray) -> bytes:
    return bytes([0, len(row)]) + row.tobytes() + b"\0" * (len(row) % 2) + b"\0\0"


colour, grey, single = (np.asarray(each) for each in (base, base.convert("L"), base.convert("1")))
wide = colour[::-1].astype("<u2")
packed565 = (wide[..., 0] >> 3 << 11) | (wide[..., 1] >> 2 << 5) | (wide[..., 2] >> 3)
packed555 = (wide[..., 0] >> 3 << 10) | (wide[..., 1] >> 3 << 5) | (wide[..., 2] >> 3)
masks = struct.pack("<III", 0xF800, 0x7E0, 0x1F)
rle8 = b"".join(runs(row, False) for row in upwards) + b"\0\1"
pictures |= {
    "rle8.bmp": bmp(8, 1, colours, rle8),
    "short-rle8.bmp": bmp(8, 1, colours, rle8[:200]),
    "rle8-literal.bmp": bmp(8, 1, colours, b"".join(map(literal, upwards)) + b"\0\1"),
    "rle4.bmp": bmp(4, 2, colours, b"".join(runs(row, True) for row in upwards) + b"\0\1"),
    "top-down.bmp": bmp(24, 0, b"", colour[..., ::-1].tobytes(), -HEIGHT),
    "bottom-up.bmp": bmp(24, 0, b"", colour[::-1, :, ::-1].tobytes()),
    "555.bmp": bmp(16, 0, b"", packed555.astype("<u2").tobytes()),
    "565.bmp": bmp(16, 3, masks, packed565.astype("<u2").tobytes()),
}


def text(numbers: np.ndarray) -> bytes:
    return " ".join(map(str, numbers.ravel().tolist())).encode()


def sun(depth: int, kind: int, data: bytes, colours: bytes = b"") -> bytes:
    header = struct.pack(">8I", 0x59A66A95, WIDTH, HEIGHT, depth, len(data), kind, 1 if colours else 0, len(colours))
    return header + colours + data


def psd(mode: int, *planes: np.ndarray) -> bytes:
    start = b"8BPS" + struct.pack(">H6xHIIHH", 1, len(planes), HEIGHT, WIDTH, 8, mode)
    return start + struct.pack(">III", 0, 0, 0) + b"\0\0" + b"".join(plane.tobytes() for plane in planes)


entries = np.array(palette.getpalette()[:48], dtype="uint8").reshape(-1, 3).T
pictures |= {
    "colour.ras": sun(24, 1, colour[..., ::-1].tobytes()),
    "rgb.ras": sun(24, 3, colour.tobytes()),
    "grey.ras": sun(8, 1, grey.tobytes()),
    "palette.ras": sun(8, 1, np.asarray(palette).tobytes(), entries.tobytes()),
    "bits.ras": sun(1, 1, np.packbits(1 - single.astype("uint8"), axis=1).tobytes()),
    "short-colour.ras": sun(24, 1, colour[..., ::-1].tobytes())[:2000],
    "colour.psd": psd(3, *np.moveaxis(colour, -1, 0).copy()),
    "grey.psd": psd(1, grey),
    "short-colour.psd": psd(3, *np.moveaxis(colour, -1, 0).copy())[:2000],
    "commented.xbm": b"/* by hand */\n" + save(base.convert("1"), "XBM"),
}

size = f"{WIDTH} {HEIGHT}".encode()
ink = 1 - single.astype("uint8")
pictures |= {
    "ascii.pbm": b"P1\n# a comment\n" + size + b"\n" + text(ink),
    "ascii.pgm": b"P2 " + size + b" # a comment\n255\n" + text(grey),
    "ascii-15.pgm": b"P2 " + size + b" 15\n" + text(grey // 16),
    "ascii.ppm": b"P3\n" + size + b"\n255\n" + text(colour),
    "short-ascii.ppm": b"P3\n" + size + b"\n255\n" + text(colour)[:3000],
    "binary.pbm": b"P4 " + size + b"\n" + np.packbits(ink, axis=1).tobytes(),
    "binary.pgm": b"P5\n#a\n#b\n" + size + b"\n255\n" + grey.tobytes(),
    "binary-100.pgm": b"P5 " + size + b" 100\n" + (grey // 3).tobytes(),
    "binary.ppm": b"P6 " + size + b" 255 " + colour.tobytes(),
    "binary-16.ppm": b"P6 " + size + b" 65535\n" + (colour.astype(">u2") * 257).astype(">u2").tobytes(),
    "several.ppm": (b"P6 " + size + b" 255 " + colour.tobytes()) * 2,
}

answers = {}
for name, data in pictures.items():
    (folder / name).write_bytes(data)
    try:
        with Image.open(folder / name) as image:
            # Pillow cuts off what is above 255.
            if image.mode.startswith("I"):
                pixels = np.stack([np.asarray(image) >> 8] * 3, axis=-1)
            else:
                pixels = np.asarray(image.convert("RGB"))
        answers[name] = {"size": list(pixels.shape[:2]), "mean": float(pixels.mean()), "pixels": pixels.ravel().tolist()}
    except Exception as error:
        answers[name] = {"problem": str(error)}
# Over a colour, which what is transparent shows.
composed = {}
for name in ("rgba.png", "rgba.webp", "la.png", "palette-alpha.png", "palette-one.png", "plain.jpg"):
    with Image.open(folder / name) as image:
        below = Image.new("RGBA", image.size, "#3366cc")
        composed[name] = np.asarray(Image.alpha_composite(below, image.convert("RGBA")).convert("RGB")).ravel().tolist()
print(json.dumps({"version": PIL.__version__, "answers": answers, "composed": composed}))
