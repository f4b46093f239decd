"""Files as other programs write them, into a folder; what is in them, and which programs are there, as JSON on stdout."""

import importlib.util
import io
import json
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

folder = sys.argv[1]
ROWS = 24


def picture(red):
    out = io.BytesIO()
    Image.fromarray(np.full((4, 4, 3), (red, 20, 30), np.uint8)).save(out, "PNG")
    return out.getvalue()


def parquet():
    """As Hugging Face's `datasets` writes them: pictures as structs, classes by number, the features in the metadata."""
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    features = {
        "image": {"_type": "Image"},
        "label": {"names": ["cat", "dog", "owl"], "_type": "ClassLabel"},
        "note": {"dtype": "string", "_type": "Value"},
    }
    columns = {
        "image": pa.array(
            [{"bytes": picture(10 * row), "path": f"{row}.png"} for row in range(ROWS)], image
        ),
        "label": pa.array([row % 3 for row in range(ROWS)], pa.int64()),
        "note": pa.array([f"note {row % 5}" for row in range(ROWS)]).dictionary_encode(),
        "genres": pa.array([["a", "b"][: row % 3] for row in range(ROWS)], pa.list_(pa.string())),
        "box": pa.array([[row, row + 0.5] for row in range(ROWS)], pa.list_(pa.float32(), 2)),
        "price": pa.array([row / 4 for row in range(ROWS)], pa.float64()),
        "sold": pa.array([row % 2 == 0 for row in range(ROWS)], pa.bool_()),
    }
    table = pa.table(columns).replace_schema_metadata(
        {"huggingface": json.dumps({"info": {"features": features}})}
    )
    written = []
    for codec, options in {
        "snappy": {},
        "zstd": {"data_page_version": "2.0"},
        "gzip": {"use_dictionary": False},
        "none": {"version": "1.0"},
        "brotli": {},
        "lz4": {},
    }.items():
        path = f"{folder}/{codec}.parquet"
        pq.write_table(table, path, compression=codec, row_group_size=7, **options)
        written.append(codec)
    return written


def arrays():
    values = np.arange(ROWS * 6).reshape(ROWS, 2, 3) / 8
    labels = np.arange(ROWS) % 3
    forms = {}
    for dtype in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1", ">f4", ">i2"]:
        own = values.astype(dtype) if dtype[-2] == "f" else (values * 8 % 100).astype(dtype)
        np.save(f"{folder}/{dtype.replace('>', 'big-')}.npy", own)
        forms[dtype.replace(">", "big-")] = own.astype(np.float64).ravel().tolist()
    np.save(f"{folder}/fortran.npy", np.asfortranarray(values.astype("f4")))
    np.save(f"{folder}/labels.npy", labels)
    np.savez(f"{folder}/plain.npz", x=values.astype("f4"), y=labels)
    np.savez_compressed(f"{folder}/packed.npz", x=values.astype("f4"), y=labels)
    return {"forms": forms, "values": values.ravel().tolist(), "labels": labels.tolist()}


def shards():
    import webdataset

    for name, options in {"a-000.tar": {}, "b-000.tar.gz": {"compress": True}}.items():
        with webdataset.TarWriter(f"{folder}/{name}", **options) as shard:
            for row in range(ROWS):
                shard.write(
                    {
                        "__key__": f"part/{row:04d}",
                        "png": picture(10 * row),
                        "cls": row % 3,
                        "txt": f"note {row}",
                        "json": {"price": row / 4, "genres": ["a", "b"][: row % 3]},
                    }
                )


TEXTS = [
    *["the cat sat on the mat", "A dog, and another!", "", " spaces  and\ttabs\n", "naïve café – “quotes”"],
    *["Überlingen 北京 😀", "don't can't I'll", "1234567 3.14 -5", "e\u0301 and \u00e9", "unknownwords zzqx"],
]


def corpus():
    words = ["the", "cat", "dog", "sat", "on", "mat", "another", "and", "house", "garden", "runs"]
    return [" ".join(words[(row * 7 + at * at) % len(words)] for at in range(9)) for row in range(300)]


def tokenizers():
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    special = ["[UNK]", "[CLS]", "[SEP]", "[PAD]"]
    made = {}

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made["bpe"] = bpe, trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, show_progress=False)

    piece = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    piece.normalizer = normalizers.BertNormalizer(lowercase=True)
    piece.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    piece.decoder = decoders.WordPiece()
    made["wordpiece"] = piece, trainers.WordPieceTrainer(vocab_size=120, special_tokens=special, show_progress=False)

    unigram = Tokenizer(models.Unigram())
    unigram.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    unigram.pre_tokenizer = pre_tokenizers.Metaspace()
    unigram.decoder = decoders.Metaspace()
    made["unigram"] = unigram, trainers.UnigramTrainer(
        vocab_size=100, special_tokens=["<unk>", "<pad>"], unk_token="<unk>", show_progress=False
    )

    found = {}
    for name, (tokenizer, trainer) in made.items():
        tokenizer.train_from_iterator(corpus(), trainer)
        if name == "wordpiece":
            cls, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
            tokenizer.post_processor = processors.BertProcessing(("[SEP]", sep), ("[CLS]", cls))
        tokenizer.save(f"{folder}/{name}.json")
        texts = [*TEXTS, *corpus()[:40]]
        encoded = [tokenizer.encode(text).ids for text in texts]
        found[name] = {
            "size": tokenizer.get_vocab_size(),
            "texts": texts,
            "ids": encoded,
            "decoded": [tokenizer.decode(ids) for ids in encoded],
        }
    return found


def is_there(name):
    return importlib.util.find_spec(name) is not None


result = {"parquet": parquet(), "arrays": arrays()}
if is_there("webdataset"):
    shards()
    result["shards"] = True
if is_there("tokenizers"):
    result["tokenizers"] = tokenizers()
json.dump(result, sys.stdout)
