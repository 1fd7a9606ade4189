"""Runs mmaction2's channel-separated networks: `python mmaction2_csn.py MMACTION2 [KEYS]`, where MMACTION2 is a checkout of
open-mmlab/mmaction2 at 4d6c934. Its `resnet3d.py` and `resnet3d_csn.py` are run as they are; what they take from mmcv and
mmengine (a convolution with its norm and activation, a registry, initialisers that do not matter here) stands in for them below.
Writes the JSON files beside, and with KEYS the lists of parameters into that folder (torch and numpy)."""
import gzip
import importlib.util
import json
import os
import sys
import types

import numpy as np
import torch
from torch import nn

from reference_networks import digits, tensor, uniform

HERE = os.path.dirname(os.path.abspath(__file__))


class ConvModule(nn.Module):
    """mmcv's: `conv`, `bn` and, unless there is none, a ReLU; no bias where a norm follows."""

    def __init__(self, inputs, outputs, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias='auto',
                 conv_cfg=None, norm_cfg=None, act_cfg=None):
        super().__init__()
        self.conv = nn.Conv3d(inputs, outputs, kernel_size, stride, padding, dilation, groups, bias is True)
        self.bn = nn.BatchNorm3d(outputs, eps=norm_cfg.get('eps', 1e-5))
        self.activate = nn.Identity() if act_cfg is None else nn.ReLU()

    def forward(self, x):
        return self.activate(self.bn(self.conv(x)))


class BaseModule(nn.Module):
    def __init__(self, init_cfg=None):
        super().__init__()


class Registry:
    def register_module(self, *_, **__):
        return lambda registered: registered


def stand_in(name, **members):
    module = types.ModuleType(name)
    module.__dict__.update(members)
    sys.modules[name] = module


def unused(*_, **__):
    raise NotImplementedError('not of a network')


def backbones(checkout):
    norm = nn.modules.batchnorm._BatchNorm
    stand_in('mmcv')
    stand_in('mmcv.cnn', ConvModule=ConvModule, NonLocal3d=unused, build_activation_layer=lambda _: nn.ReLU())
    stand_in('mmengine')
    stand_in('mmengine.logging', MMLogger=unused, print_log=unused)
    stand_in('mmengine.model', BaseModule=BaseModule, Sequential=nn.Sequential)
    stand_in('mmengine.model.weight_init', constant_init=unused, kaiming_init=unused)
    stand_in('mmengine.runner')
    stand_in('mmengine.runner.checkpoint', _load_checkpoint=unused, load_checkpoint=unused)
    stand_in('mmengine.utils')
    stand_in('mmengine.utils.dl_utils')
    stand_in('mmengine.utils.dl_utils.parrots_wrapper', _BatchNorm=norm)
    stand_in('mmaction')
    stand_in('mmaction.registry', MODELS=Registry())
    stand_in('mmaction.backbones', __path__=[])
    for name in ('resnet3d', 'resnet3d_csn'):
        path = os.path.join(checkout, 'mmaction', 'models', 'backbones', f'{name}.py')
        spec = importlib.util.spec_from_file_location(f'mmaction.backbones.{name}', path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
    return sys.modules['mmaction.backbones.resnet3d_csn'].ResNet3dCSN


class Recognizer(nn.Module):
    """`backbone` by its configuration, then what `I3DHead` does in a test: the mean of all positions, and a linear layer."""

    def __init__(self, backbone, classes):
        super().__init__()
        self.backbone = backbone
        self.cls_head = nn.Module()
        self.cls_head.fc_cls = nn.Linear(2048, classes)

    def forward(self, clip):
        stem = []
        hook = self.backbone.maxpool.register_forward_hook(lambda _, __, out: stem.append(out))
        residual = self.backbone(clip)
        hook.remove()
        stages = dict(zip(('stem', 'res2', 'res3', 'res4', 'res5'), (*stem, *residual)))
        return stages, self.cls_head.fc_cls(stages['res5'].mean((2, 3, 4)))


def multiply_adds(network, clip):
    """Of convolutions and linear layers."""
    total = 0

    def count(module, _, out):
        nonlocal total
        total += out.numel() * module.weight[0].numel()

    hooks = [m.register_forward_hook(count) for m in network.modules() if isinstance(m, (nn.Conv3d, nn.Linear))]
    network(clip)
    for hook in hooks:
        hook.remove()
    return total


def write(csn, mode, depth, keys, frames=8, size=64):
    backbone = csn(depth=depth, pretrained=None, pretrained2d=False, with_pool2=False, bottleneck_mode=mode,
                   norm_eval=False, zero_init_residual=False, out_indices=(0, 1, 2, 3))
    network = Recognizer(backbone, 400).eval()
    name = f'{mode}csn_r{depth}'
    shapes = [[key, list(value.shape)] for key, value in network.state_dict().items() if value.dim() > 0]
    count = sum(p.numel() for p in network.parameters())
    if keys:
        head = f'# mmaction2_{name}: {len(network.state_dict())} state_dict entries, {count} parameters\n'
        lines = ''.join(f'{key}\t{shape}\n' for key, shape in shapes)
        with open(os.path.join(keys, f'mmaction2_{name}.txt.gz'), 'wb') as raw:
            with gzip.GzipFile('', 'wb', fileobj=raw, mtime=0) as file:
                file.write((head + lines).encode())
    if (mode, depth) == ('ir', 152):
        return  # Its parameters are enough: the other two show all that there is to see.
    with torch.no_grad():
        for key, value in network.state_dict().items():
            if value.dim() > 0:
                value.copy_(tensor(key, *value.shape))
        shape = [1, 3, frames, size, size]
        clip = 2 * (2 * uniform('clip', int(np.prod(shape))) - 1)
        clip = torch.from_numpy(clip.astype(np.float32).reshape(shape))
        macs = multiply_adds(network, clip)
        stages, scores = network(clip)
    kept = {}
    for stage, x in stages.items():
        flat = x.flatten()
        index = sorted((np.arange(16, dtype=np.int64) * 2654435761 % flat.numel()).tolist())
        kept[stage] = {'shape': list(x.shape), 'mean': flat.mean().item(), 'std': flat.std(unbiased=False).item(),
                       'index': index, 'value': digits(flat[index].tolist())}
    file = {'name': name, 'source': f'open-mmlab/mmaction2 4d6c934 (its ResNet3dCSN), torch {torch.__version__}',
            'naming': 'mmaction2', 'input': {'clip': shape}, 'params': shapes, 'paramCount': count,
            'convLinearMacs': macs, 'stages': kept,
            'output': {'shape': list(scores.shape), 'value': digits(scores.flatten().tolist())}}
    with open(os.path.join(HERE, f'mmaction2_{name}_{size}.json'), 'w') as out:
        out.write(json.dumps(file, separators=(',', ':')) + '\n')
    print(name, count, macs)


if __name__ == '__main__':
    network = backbones(sys.argv[1])
    for mode, depth in (('ir', 50), ('ip', 152), ('ir', 152)):
        write(network, mode, depth, sys.argv[2] if len(sys.argv) > 2 else None)
