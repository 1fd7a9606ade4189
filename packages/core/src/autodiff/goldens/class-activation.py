"""Writes class-activation.json: gradients and class-activation maps of a small network, computed by PyTorch.

The network and its weights are those of class-activation.test.ts, by the formula of testing/formula.ts.
Run: python class-activation.py > class-activation.json   (PyTorch 2, any version)
"""

import json
import math

import numpy as np
import torch
import torch.nn.functional as F


def uniform(name, count):
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    h = (seed + np.arange(count, dtype=np.uint64) * 0x9E3779B9) & 0xFFFFFFFF
    h = ((h ^ (h >> 16)) * 0x7FEB352D) & 0xFFFFFFFF
    h = ((h ^ (h >> 15)) * 0x846CA68B) & 0xFFFFFFFF
    return ((h ^ (h >> 16)) + 0.5) / 2**32


def tensor(name, *shape):
    u = uniform(name, math.prod(shape))
    if name.endswith("running_var"):
        values = 0.5 + u
    elif name.endswith(("running_mean", "bias")):
        values = 0.4 * u - 0.2
    elif name.endswith("weight"):
        limit = math.sqrt(3 / math.prod(shape[1:])) if len(shape) > 1 else None
        values = 0.5 + u if limit is None else (2 * u - 1) * limit
    else:
        values = 2 * (2 * u - 1)
    return torch.from_numpy(values.astype(np.float32).reshape(shape)).double()


def block(x, name, channels, kernel, stride):
    weight = tensor(f"{name}.conv.weight", channels, x.shape[1], *kernel)
    x = F.conv3d(x, weight, stride=stride, padding=[k // 2 for k in kernel])
    mean, variance, scale, shift = (
        tensor(f"{name}.norm.{part}", channels)
        for part in ("running_mean", "running_var", "weight", "bias")
    )
    return F.relu(F.batch_norm(x, mean, variance, scale, shift, eps=1e-5))


CLASS = 3
clips = {name: tensor(name, 2, 3, frames, 8, 8).requires_grad_() for name, frames in (("slow", 2), ("fast", 4))}
slow = block(clips["slow"], "slow.res2", 4, (1, 3, 3), (1, 2, 2))
fast = block(clips["fast"], "fast.res2", 2, (3, 3, 3), (1, 2, 2))
joined = torch.cat([slow, block(fast, "lateral", 4, (5, 1, 1), (2, 1, 1))], 1)
taps = {
    "slow.res2": slow,
    "fast.res2": fast,
    "slow.res3": block(joined, "slow.res3", 6, (3, 3, 3), (1, 1, 1)),
    "fast.res3": block(fast, "fast.res3", 3, (3, 3, 3), (1, 1, 1)),
}
for tap in taps.values():
    tap.retain_grad()
pooled = torch.cat([taps[f"{pathway}.res3"].mean((2, 3, 4)) for pathway in ("slow", "fast")], 1)
logits = F.linear(pooled, tensor("head.weight", 5, 9), tensor("head.bias", 5))
logits[:, CLASS].sum().backward()


def rounded(x):
    return {"shape": list(x.shape), "data": [float(f"{v:.7g}") for v in x.flatten().tolist()]}


golden = {"class": CLASS, "scores": rounded(logits.softmax(1)), "taps": {}}
for name, tap in taps.items():
    weights = tap.grad.mean((3, 4), keepdim=True)
    golden["taps"][name] = {
        "gradient": rounded(tap.grad[:, :, :, :1]),
        "map": rounded(F.relu((weights * tap).sum(1))),
    }
print(json.dumps(golden))
