"""One ONNX file on the processor in other libraries: PyTorch (eager, compiled), OpenVINO, ONNX Runtime.

Started by compare-cpu.mjs, which gives the plain file, clips and threads; prints one JSON object a line. PyTorch runs
the file's graph with its own operators, so the weights are the same and outputs can be compared; ONNX Runtime runs what
PyTorch exports of that.
"""

import json
import sys
import time

import numpy as np


def timed(run, count):
    """Wall and processor milliseconds of the median run."""
    times = []
    for _ in range(count):
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        times.append(((time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3))
    wall, cpu = (sorted(column)[len(times) // 2] for column in zip(*times))
    return {"wall": wall, "cpu": cpu}


def torch_module(path):
    import onnx
    import torch
    import torch.nn.functional as F
    from onnx import numpy_helper

    model = onnx.load(path)
    weights = {w.name: torch.from_numpy(numpy_helper.to_array(w).copy()) for w in model.graph.initializer}
    steps = []
    for node in model.graph.node:
        attrs = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        steps.append((node.op_type, list(node.input), node.output[0], attrs))

    def half(pads):
        return tuple(pads[: len(pads) // 2])

    def pool(function, x, a):
        return function(x, tuple(a["kernel_shape"]), tuple(a["strides"]), half(a["pads"]))

    def conv(x, a):
        bias = x[2] if len(x) > 2 else None
        return F.conv3d(x[0], x[1], bias, tuple(a["strides"]), half(a["pads"]), tuple(a["dilations"]), a["group"])

    operators = {
        "Conv": conv,
        "Relu": lambda x, a: F.relu(x[0]),
        "Add": lambda x, a: x[0] + x[1],
        "MaxPool": lambda x, a: pool(F.max_pool3d, x[0], a),
        "AveragePool": lambda x, a: pool(F.avg_pool3d, x[0], a),
        "Concat": lambda x, a: torch.cat(x, a["axis"]),
        "Transpose": lambda x, a: x[0].permute(tuple(a["perm"])),
        "MatMul": lambda x, a: torch.matmul(x[0], x[1]),
        "Gemm": lambda x, a: F.linear(x[0], x[1], x[2] if len(x) > 2 else None),
        "Softmax": lambda x, a: torch.softmax(x[0], a["axis"]),
        "ReduceMean": lambda x, a: x[0].mean(tuple(a["axes"]), keepdim=bool(a["keepdims"])),
        "Identity": lambda x, a: x[0],
    }

    inputs = [value.name for value in model.graph.input]
    output = model.graph.output[0].name

    def forward(*clips):
        values = dict(weights)
        values.update(zip(inputs, clips))
        for operator, names, result, attrs in steps:
            values[result] = operators[operator]([values[name] for name in names], attrs)
        return values[output]

    return forward, inputs


def run_torch(path, feeds, threads, count, compiled):
    import torch

    torch.set_num_threads(threads)
    forward, inputs = torch_module(path)
    clips = [torch.from_numpy(feeds[name]) for name in inputs]
    if compiled:
        forward = torch.compile(forward)
    with torch.inference_mode():
        scores = forward(*clips).numpy()
        forward(*clips)
        return timed(lambda: forward(*clips), count), scores, torch.__version__


def run_onnxruntime(path, feeds, threads, count):
    """ONNX Runtime on PyTorch's own export, as one gets who starts from PyTorch."""
    import os
    import tempfile

    import onnxruntime as ort
    import torch

    forward, inputs = torch_module(path)

    class Network(torch.nn.Module):
        def forward(self, *clips):
            return forward(*clips)

    clips = tuple(torch.from_numpy(feeds[name]) for name in inputs)
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    with tempfile.TemporaryDirectory() as folder:
        exported = os.path.join(folder, "exported.onnx")
        with torch.inference_mode():
            torch.onnx.export(Network().eval(), clips, exported, input_names=inputs, opset_version=17, dynamo=False)
        session = ort.InferenceSession(exported, options, providers=["CPUExecutionProvider"])
    scores = session.run(None, feeds)[0]
    session.run(None, feeds)
    version = f"{ort.__version__}, exported by PyTorch {torch.__version__}"
    return timed(lambda: session.run(None, feeds), count), scores, version


def run_openvino(path, feeds, threads, count):
    import openvino as ov

    core = ov.Core()
    options = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    model = core.read_model(path)
    model.reshape({name: list(clip.shape) for name, clip in feeds.items()})
    compiled = core.compile_model(model, "CPU", options)
    request = compiled.create_infer_request()
    request.infer(feeds)
    request.infer(feeds)
    milliseconds = timed(lambda: request.infer(feeds), count)
    return milliseconds, request.get_output_tensor(0).data.copy(), ov.__version__


def main():
    job = json.loads(sys.argv[1])
    feeds = {
        name: np.fromfile(file["path"], np.float32).reshape(file["shape"]) for name, file in job["feeds"].items()
    }
    path, threads, count = job["model"], job["threads"], job["count"]
    if job["who"] == "openvino":
        milliseconds, scores, version = run_openvino(path, feeds, threads, count)
    elif job["who"] == "onnxruntime":
        milliseconds, scores, version = run_onnxruntime(path, feeds, threads, count)
    else:
        milliseconds, scores, version = run_torch(path, feeds, threads, count, job["who"] == "torch-compile")
    print(json.dumps({**milliseconds, "scores": scores.ravel().tolist(), "version": version}))


main()
