"""What one writes first: FastAPI and onnxruntime. python fastapi_server.py MODEL PORT THREADS. The body is the tensor, so is the answer."""

import sys

import numpy as np
import onnxruntime
import uvicorn
from fastapi import FastAPI, Request, Response

model, port, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
image = session.get_inputs()[0]
app = FastAPI()


@app.post("/infer")
async def infer(request: Request):
    body = np.frombuffer(await request.body(), np.float32).reshape(-1, *image.shape[1:])
    (result,) = session.run(None, {image.name: body})
    return Response(result.tobytes(), media_type="application/octet-stream")


@app.get("/ready")
def ready():
    return {"ready": True}


uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
