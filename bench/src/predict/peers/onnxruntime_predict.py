"""Says what a file says of one picture, as a program that is started for it: onnxruntime_predict.py FILE PICTURE."""

import json
import sys

import numpy as np
import onnxruntime as ort
import PIL
from PIL import Image

path, picture = sys.argv[1:]
session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
output = json.loads(session.get_modelmeta().custom_metadata_map["ashlar.output"])
pixels = np.asarray(Image.open(picture).convert("RGB"))[None]
(scores,) = session.run(None, {session.get_inputs()[0].name: pixels})
version = f"onnxruntime {ort.__version__}, Pillow {PIL.__version__}"
print(json.dumps({"class": output["classes"][int(scores[0].argmax())], "version": version}))
