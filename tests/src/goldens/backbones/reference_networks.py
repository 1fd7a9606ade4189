"""Networks written down in PyTorch's functions, with weights by the formula of the other references under the names that they
have here: what they give is in the JSON files beside. `python reference_networks.py` writes them again (torch and numpy)."""
import json
import os
import numpy as np
import torch
import torch.nn.functional as F


def uniform(name, size):
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    h = (np.arange(size, dtype=np.uint64) * 0x9E3779B9 + seed) & 0xFFFFFFFF
    h = ((h ^ (h >> 16)) * 0x7FEB352D) & 0xFFFFFFFF
    h = ((h ^ (h >> 15)) * 0x846CA68B) & 0xFFFFFFFF
    return ((h ^ (h >> 16)) + 0.5) / 2.0**32


def tensor(name, *shape):
    u = uniform(name, int(np.prod(shape)))
    if name.endswith('running_var') or (name.endswith('weight') and len(shape) == 1):
        values = 0.5 + u
    elif name.endswith('weight'):
        values = (2 * u - 1) * np.sqrt(3 / np.prod(shape[1:]))
    else:
        values = 0.4 * u - 0.2
    return torch.from_numpy(values.astype(np.float32).reshape(shape))


def conv(x, name, out, kernel, stride=(1, 1, 1), groups=1, bias=False):
    weight = tensor(f'{name}.weight', out, x.shape[1] // groups, *kernel)
    shift = tensor(f'{name}.bias', out) if bias else None
    padding = [side // 2 for side in kernel]
    return F.conv3d(x, weight, shift, stride, padding, groups=groups)


def norm(x, name):
    mean, var, weight, bias = (
        tensor(f'{name}.{field}', x.shape[1]) for field in ('running_mean', 'running_var', 'weight', 'bias'))
    return F.batch_norm(x, mean, var, weight, bias, eps=1e-5)


def shortcut(x, at, out, stride, pool=False):
    if x.shape[1] == out and stride == (1, 1, 1):
        return x
    if pool and stride != (1, 1, 1):
        x, stride = F.avg_pool3d(x, (1, 3, 3), stride, (0, 1, 1)), (1, 1, 1)
    return norm(conv(x, f'{at}.shortcut.conv', out, (1, 1, 1), stride), f'{at}.shortcut.norm')


def bottleneck(x, at, width, stride, first, middle, inner):
    y = F.relu(norm(conv(x, f'{at}.a.conv', inner, (first, 1, 1)), f'{at}.a.norm'))
    y = F.relu(norm(middle(y, f'{at}.b', stride), f'{at}.b.norm'))
    y = norm(conv(y, f'{at}.c.conv', 4 * width, (1, 1, 1)), f'{at}.c.norm')
    return F.relu(shortcut(x, at, 4 * width, stride) + y)


def residual(x, blocks, kernels, strides, middle, ratio=1):
    """The stages of a residual network of bottlenecks; kernels: of the stem and of each stage's a, in frames."""
    x = F.relu(norm(conv(x, 'slow.stem.conv', 64, (kernels[0], 7, 7), (1, 2, 2)), 'slow.stem.norm'))
    x = F.max_pool3d(x, (1, 3, 3), (1, 2, 2), (0, 1, 1))
    stages = {'stem': x}
    for stage, count in enumerate(blocks):
        width = 64 * 2**stage
        for block in range(count):
            stride = strides[stage] if block == 0 else (1, 1, 1)
            at = f'slow.res{stage + 2}.{block}'
            x = bottleneck(x, at, width, stride, kernels[stage + 1], middle, width * ratio)
        stages[f'res{stage + 2}'] = x
    return stages


def preserving(x, at, stride):
    width = x.shape[1]
    x = conv(x, f'{at}.pointwise', width, (1, 1, 1))
    return conv(x, f'{at}.conv', width, (3, 3, 3), stride, groups=width)


def grouped(x, at, stride):
    return conv(x, f'{at}.conv', x.shape[1], (1, 3, 3), stride, groups=32)


def linear(x):
    return F.linear(x, tensor('head.projection.weight', 400, x.shape[1]), tensor('head.projection.bias', 400))


def ip_csn_101(clip):
    strides = [(1, 1, 1), (2, 2, 2), (2, 2, 2), (2, 2, 2)]
    stages = residual(clip, (3, 4, 23, 3), (3, 1, 1, 1, 1), strides, preserving)
    return stages, linear(stages['res5'].mean((2, 3, 4)))


def resnext_50(clip):
    strides = [(1, 1, 1), (1, 2, 2), (1, 2, 2), (1, 2, 2)]
    stages = residual(clip, (3, 4, 6, 3), (1, 1, 1, 3, 3), strides, grouped, ratio=2)
    return stages, linear(stages['res5'].mean((2, 3, 4)))


# Output channels, stride, and inner channels, frames and side of each block.
MOVINET_A0 = {
    'res2': [(8, 2, [(24, 1, 5)])],
    'res3': [(32, 2, [(80, 3, 3)] * 3)],
    'res4': [(56, 2, [(184, 5, 3), (112, 3, 3), (184, 3, 3)]), (56, 1, [(184, 5, 3)] + [(184, 3, 3)] * 3)],
    'res5': [(104, 2, [(384, 5, 3), (280, 1, 5), (280, 1, 5), (344, 1, 5)])],
}


def movinet_a0(clip):
    x = F.silu(norm(conv(clip, 'slow.stem.conv', 8, (1, 3, 3), (1, 2, 2)), 'slow.stem.norm'))
    stages = {'stem': x}
    for stage, groups in MOVINET_A0.items():
        block = 0
        for out, first, layers in groups:
            for i, (inner, frames, side) in enumerate(layers):
                at, stride = f'slow.{stage}.{block}', (1, first, first) if i == 0 else (1, 1, 1)
                y = F.silu(norm(conv(x, f'{at}.a.conv', inner, (1, 1, 1)), f'{at}.a.norm'))
                y = conv(y, f'{at}.b.conv', inner, (frames, side, side), stride, groups=inner)
                y = F.silu(norm(y, f'{at}.b.norm'))
                narrow = max(8, int(inner / 4 + 4) // 8 * 8)
                narrow += 8 if narrow < 0.9 * inner / 4 else 0
                means = y.mean((2, 3, 4), keepdim=True)
                means = F.silu(conv(means, f'{at}.squeeze.reduce', narrow, (1, 1, 1), bias=True))
                y = y * torch.sigmoid(conv(means, f'{at}.squeeze.expand', inner, (1, 1, 1), bias=True))
                y = norm(conv(y, f'{at}.c.conv', out, (1, 1, 1)), f'{at}.c.norm')
                x = shortcut(x, at, out, stride, pool=True) + y
                block += 1
        stages[stage] = x
    x = F.silu(norm(conv(x, 'head.expand.conv', 480, (1, 1, 1)), 'head.expand.norm'))
    x = F.silu(conv(x.mean((2, 3, 4), keepdim=True), 'head.hidden', 2048, (1, 1, 1), bias=True))
    return stages, linear(x.flatten(1))


def digits(values):
    return [float(f'{value:.9g}') for value in values]


def golden(name, network, frames, size):
    shape = [1, 3, frames, size, size]
    clip = 2 * (2 * uniform('clip', int(np.prod(shape))) - 1)
    with torch.no_grad():
        stages, scores = network(torch.from_numpy(clip.astype(np.float32).reshape(shape)))
    kept = {}
    for stage, x in stages.items():
        flat = x.flatten()
        index = sorted((np.arange(16, dtype=np.int64) * 2654435761 % flat.numel()).tolist())
        value = digits(flat[index].tolist())
        kept[stage] = {'shape': list(x.shape), 'mean': flat.mean().item(), 'std': flat.std(unbiased=False).item(),
                       'index': index, 'value': value}
    output = {'shape': list(scores.shape), 'value': digits(scores.flatten().tolist())}
    file = {'name': name, 'source': f'reference_networks.py, torch {torch.__version__}', 'naming': 'slowfast',
            'input': {'clip': shape}, 'params': [], 'paramCount': 0, 'convLinearMacs': 0,
            'stages': kept, 'output': output}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), f'reference_{name}.json')
    with open(path, 'w') as out:
        out.write(json.dumps(file, separators=(',', ':')) + '\n')


if __name__ == '__main__':
    golden('ip_csn_101', ip_csn_101, 8, 96)
    golden('resnext_50', resnext_50, 4, 96)
    golden('movinet_a0', movinet_a0, 8, 96)
