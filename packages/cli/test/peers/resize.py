"""Classifies pictures as somebody would who has a file and nothing else: decoded by Pillow, run by onnxruntime, named by the metadata.

resize.py FILE PICTURE...: prints a JSON list of class and probability.
"""

import json
import sys

import numpy as np
import onnxruntime as ort
from PIL import Image

path, *pictures = sys.argv[1:]
session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
metadata = session.get_modelmeta().custom_metadata_map
output = json.loads(metadata["ashlar.output"])
first = metadata["ashlar.layout"] == "nchw"

found = []
for picture in pictures:
    pixels = np.asarray(Image.open(picture).convert("RGB"))[None]
    (scores,) = session.run(None, {session.get_inputs()[0].name: pixels.transpose(0, 3, 1, 2) if first else pixels})
    scores = scores[0].astype(np.float64)
    if len(scores) == 1:
        yes = 1 / (1 + np.exp(-scores[0])) if output["gives"] == "logits" else scores[0]
        shares = np.array([1 - yes, yes])
    elif output["gives"] == "logits":
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
    else:
        shares = scores
    best = int(shares.argmax())
    found.append([output["classes"][best], float(shares[best])])
print(json.dumps(found))
