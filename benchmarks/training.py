"""Training steps of one network in PyTorch, with its own operators and autograd.

Started by training.mjs, which gives the network's operations, weights and a batch; prints one JSON object.
"""

import json
import resource
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

OPERATORS = {
    "conv3d": lambda x, a: F.conv3d(
        x[0], x[1], x[2] if len(x) > 2 else None, a["stride"], a["padding"], a["dilation"], a["groups"]
    ),
    # Statistics of the batch; the running ones are kept as PyTorch does.
    "batch_norm": lambda x, a: F.batch_norm(x[0], x[3], x[4], x[1], x[2], True, a["momentum"], a["epsilon"]),
    "activation": lambda x, a: {"relu": F.relu, "identity": lambda v: v}[a["fn"]](x[0]),
    "max_pool3d": lambda x, a: F.max_pool3d(x[0], a["kernel"], a["stride"], a["padding"]),
    "concat": lambda x, a: torch.cat(x, a["axis"]),
    "add": lambda x, a: F.relu(x[0] + x[1]) if a["activation"] == "relu" else x[0] + x[1],
    "reduce": lambda x, a: x[0].mean(a["axes"], keepdim=a["keepDims"]),
    "transpose": lambda x, a: x[0].permute(a["perm"]),
    "linear": lambda x, a: F.linear(*x),
    "dropout": lambda x, a: F.dropout(x[0], a["rate"], True),
    "reshape": lambda x, a: x[0].reshape(a["shape"]),
}


def main():
    folder, threads = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(threads)
    with open(f"{folder}/job.json", encoding="utf-8") as file:
        job = json.load(file)
    raw, at, values, trained = np.fromfile(f"{folder}/tensors.bin", np.float32), 0, {}, []
    for name, role, shape in job["tensors"]:
        size = int(np.prod(shape))
        values[name] = torch.from_numpy(raw[at : at + size].reshape(shape).copy())
        at += size
        if role != "input" and not role.startswith("running"):
            trained.append(values[name].requires_grad_())
    labels = torch.tensor(job["labels"])
    optimizer = torch.optim.SGD(trained, lr=job["rate"], momentum=job["momentum"])

    def step():
        current = dict(values)
        for node in job["nodes"]:
            current[node["output"]] = OPERATORS[node["op"]]([current[name] for name in node["inputs"]], node["attrs"])
        loss = F.cross_entropy(current[job["scores"]], labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    losses = [step() for _ in range(job["warmUp"])]
    times = []
    for _ in range(job["steps"]):
        wall, cpu = time.perf_counter(), time.process_time()
        step()
        times.append(((time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3))
    wall, cpu = (sorted(column)[len(times) // 2] for column in zip(*times))
    print(json.dumps({"losses": losses, "wall": wall, "cpu": cpu, "version": torch.__version__, "peakMiB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}))


main()
