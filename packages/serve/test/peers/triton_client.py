"""What tritonclient makes of the server: python triton_client.py http|grpc ADDRESS ADMIN_ADDRESS TOKEN.

Prints one JSON object of what it saw; raises for what no client should see.
"""

import base64
import json
import sys

import numpy as np

kind, address, admin_address, token = sys.argv[1:5]
model_file = sys.argv[5]
if kind == "http":
    import tritonclient.http as triton
else:
    import tritonclient.grpc as triton

client = triton.InferenceServerClient(address)
seen = {}


def plain(value):
    """Answers are dictionaries over HTTP, messages over gRPC."""
    if kind == "http":
        return value
    from google.protobuf.json_format import MessageToDict

    return MessageToDict(value, preserving_proto_field_name=True)


def refusal(work):
    try:
        work()
    except triton.InferenceServerException as error:
        return {"message": error.message(), "status": str(error.status())}
    raise SystemExit("it must be refused")


seen["live"] = client.is_server_live()
seen["ready"] = client.is_server_ready()
seen["model_ready"] = client.is_model_ready("simple")
seen["version_ready"] = client.is_model_ready("simple", "1")
seen["server"] = plain(client.get_server_metadata())["name"]
metadata = plain(client.get_model_metadata("simple"))
seen["inputs"] = [(i["name"], i["datatype"], [int(s) for s in i["shape"]]) for i in metadata["inputs"]]
config = plain(client.get_model_config("simple"))
config = config.get("config", config)
seen["config"] = (config["max_batch_size"], config["input"][0]["data_type"], [int(d) for d in config["input"][0]["dims"]])
index = plain(client.get_model_repository_index())
seen["index"] = sorted(item["name"] for item in index["models"] if item["state"] == "READY") if kind == "grpc" else sorted(
    item["name"] for item in index if item["state"] == "READY"
)

a = np.arange(8, dtype=np.int32).reshape(2, 4)
b = np.full((2, 4), 3, dtype=np.int32)


def inputs(binary):
    made = []
    for name, data in (("a", a), ("b", b)):
        tensor = triton.InferInput(name, list(data.shape), "INT32")
        if kind == "http":
            tensor.set_data_from_numpy(data, binary_data=binary)
        else:
            tensor.set_data_from_numpy(data)
        made.append(tensor)
    return made


def outputs(binary):
    if kind == "http":
        return [triton.InferRequestedOutput(n, binary_data=binary) for n in ("sum", "difference")]
    return [triton.InferRequestedOutput(n) for n in ("sum", "difference")]


def check(result):
    assert np.array_equal(result.as_numpy("sum"), a + b), result.as_numpy("sum")
    assert np.array_equal(result.as_numpy("difference"), a - b)


for binary_in in (True, False):
    for binary_out in (True, False):
        check(client.infer("simple", inputs(binary_in), outputs=outputs(binary_out), request_id="r1"))
check(client.infer("simple", inputs(True)))

# Pictures: as JSON their numbers have 17 digits.
random = np.random.default_rng(7)
pictures = {
    "picture": random.random((2, 224, 224, 3), dtype=np.float32),
    "pixels": random.integers(0, 256, (2, 224, 224, 3), dtype=np.uint8),
}
for model, picture in pictures.items():
    tensor = triton.InferInput("x", list(picture.shape), "FP32" if picture.dtype == np.float32 else "UINT8")
    wanted = triton.InferRequestedOutput("y")
    if kind == "http":
        tensor.set_data_from_numpy(picture, binary_data=False)
        wanted = triton.InferRequestedOutput("y", binary_data=False)
    else:
        tensor.set_data_from_numpy(picture)
    back = client.infer(model, [tensor], outputs=[wanted]).as_numpy("y")
    assert np.array_equal(back.reshape(picture.shape), picture), model
seen["pictures"] = len(pictures)
result = client.infer("simple", inputs(True), request_id="r2", timeout=10_000_000)
seen["id"] = result.get_response()["id"] if kind == "http" else result.get_response().id
if kind == "http":
    for way in ("gzip", "deflate"):
        check(
            client.infer(
                "simple",
                inputs(True),
                outputs=outputs(True),
                request_compression_algorithm=way,
                response_compression_algorithm=way,
            )
        )

# Other types, binary.
for name, datatype, data in (
    ("text", "BYTES", np.array([["grüß".encode(), b"\x00\xff"]], dtype=np.object_)),
    ("half", "FP16", np.array([[1.5, -2]], dtype=np.float16)),
    ("long", "INT64", np.array([[2**53 + 1, -(2**63)]], dtype=np.int64)),
    ("wide", "FP64", np.array([[0.1, float("nan")]], dtype=np.float64)),
    ("bool", "BOOL", np.array([[True, False]])),
):
    tensor = triton.InferInput("x", list(data.shape), datatype)
    tensor.set_data_from_numpy(data)
    got = client.infer(name, [tensor]).as_numpy("y")
    if datatype == "BYTES":
        # onnxruntime's strings are text: bytes that are no UTF-8 do not survive, those that are do.
        assert got[0][0] == "grüß".encode(), got
    else:
        assert got.dtype == data.dtype and got.tobytes() == data.tobytes(), (name, got)

# Many at once.
if kind == "http":
    many = triton.InferenceServerClient(address, concurrency=8)
    for pending in [many.async_infer("simple", inputs(True)) for _ in range(64)]:
        check(pending.get_result())
    many.close()
else:
    import queue

    answers = queue.Queue()
    for _ in range(64):
        client.async_infer("simple", inputs(True), lambda result, error: answers.put((result, error)))
    for _ in range(64):
        result, error = answers.get(timeout=3600)
        assert error is None, error
        check(result)
    client.start_stream(lambda result, error: answers.put((result, error)))
    for _ in range(8):
        client.async_stream_infer("simple", inputs(True))
    for _ in range(8):
        result, error = answers.get(timeout=3600)
        assert error is None, error
        check(result)
    client.stop_stream()

largest = (
    triton.InferRequestedOutput("sum", class_count=2)
    if kind == "grpc"
    else triton.InferRequestedOutput("sum", binary_data=True, class_count=2)
)
seen["classes"] = [
    text.decode() for text in client.infer("simple", inputs(True), outputs=[largest]).as_numpy("sum").flatten()
]

statistics = plain(client.get_inference_statistics("simple"))["model_stats"][0]
seen["counts"] = int(statistics["inference_count"]) >= 2 * int(statistics["inference_stats"]["success"]["count"])
seen["batched"] = int(statistics["execution_count"]) <= int(statistics["inference_stats"]["success"]["count"])

# Refusals.
wrong = triton.InferInput("a", [1, 4], "INT32")
wrong.set_data_from_numpy(np.zeros((1, 4), np.int32))
seen["missing"] = refusal(lambda: client.infer("simple", [wrong]))
seen["unknown"] = refusal(lambda: client.get_model_metadata("none"))
seen["no_control"] = refusal(lambda: client.load_model("simple"))

# Control.
headers = {"authorization": f"Bearer {token}"}
admin = triton.InferenceServerClient(admin_address)
seen["no_token"] = refusal(lambda: admin.unload_model("wide"))
admin.unload_model("wide", headers=headers)
seen["unloaded"] = client.is_model_ready("wide")
admin.load_model("wide", headers=headers)
seen["loaded"] = client.is_model_ready("wide")
with open(model_file, "rb") as file:
    content = file.read()
admin.load_model("sent", headers=headers, config=json.dumps({"max_batch_size": 4}), files={"file:1/model.onnx": content})
seen["sent"] = client.is_model_ready("sent")
seen["bad_file"] = refusal(
    lambda: admin.load_model("sent", headers=headers, config="{}", files={"file:1/model.onnx": b"PK\x03\x04"})
)
seen["still"] = client.is_model_ready("sent")

print(json.dumps(seen))
