"""onnxruntime as a runtime of MLServer. The environment names the file and the threads."""

import os

import numpy as np
import onnxruntime
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class OnnxModel(MLModel):
    async def load(self) -> bool:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(os.environ["BENCH_THREADS"])
        self._session = onnxruntime.InferenceSession(
            os.environ["BENCH_MODEL"], options, providers=["CPUExecutionProvider"]
        )
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        image = self._session.get_inputs()[0]
        data = NumpyCodec.decode_input(payload.inputs[0]).astype(np.float32)
        (result,) = self._session.run(None, {image.name: data})
        return InferenceResponse(
            model_name=self.name, outputs=[NumpyCodec.encode_output("output", result)]
        )
