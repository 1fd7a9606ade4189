"""Runs exported networks on inputs from files: outputs, and gradients of a loss, go back as files.

usage: compare.py FOLDER..., each with model.py, weights.pth, job.json and the inputs
"""

import importlib.util
import json
import sys
from pathlib import Path

import torch


def network(folder):
    spec = importlib.util.spec_from_file_location("model", folder / "model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Network()


def tensor(folder, name, shape):
    data = bytearray((folder / name).read_bytes())
    return torch.frombuffer(data, dtype=torch.float32).reshape(shape) if data else torch.zeros(shape)


def write(folder, name, value):
    (folder / name).write_bytes(value.detach().contiguous().to(torch.float32).numpy().tobytes())


def run(folder):
    job = json.loads((folder / "job.json").read_text())
    model = network(folder)
    saved = torch.load(folder / "weights.pth", weights_only=True)
    model.load_state_dict(saved["model_state"])
    feeds = [tensor(folder, f"feed{i}", shape) for i, shape in enumerate(job["feeds"])]
    model.eval()
    with torch.no_grad():
        write(folder, "output", model(*feeds))
    torch.save({"model_state": model.state_dict()}, folder / "saved.pth")
    if job["gradients"]:
        # In float64: a batch norm over few positions magnifies what float32 rounds.
        model.train().double()
        logits = model(*[feed.double() for feed in feeds])
        targets = tensor(folder, "targets", list(logits.shape)).double()
        loss = torch.nn.functional.cross_entropy(logits, targets)
        loss.backward()
        write(folder, "loss", loss)
        for name, parameter in model.named_parameters():
            write(folder, f"gradient.{name}", parameter.grad)


torch.set_num_threads(1)
for argument in sys.argv[1:]:
    run(Path(argument))
