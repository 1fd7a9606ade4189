"""Writes the files of `checkpoints/`: `python checkpoints.py`, with PySlowFast and PyTorchVideo on PYTHONPATH.

Weights are random, outputs are what the zoos' own model code gives with them on the formula clip. Packages that this
code imports but does not use here (UNUSED) are stood in for by empty ones.
"""
import importlib.abc
import importlib.machinery
import json
import pickle
import re
import sys
import types
from pathlib import Path

import numpy as np
import torch

FOLDER = Path(__file__).parent / "checkpoints"
FRAMES, SIZE, CLASSES, WIDTH, BETA_INV = 16, 64, 11, 2, 2
UNUSED = {"cv2", "detectron2", "matplotlib", "pandas", "scipy", "sklearn", "slowfast.datasets", "torchvision"}


class Unused(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        if any(f"{name}.".startswith(f"{unused}.") for unused in UNUSED):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        module = types.ModuleType(spec.name)
        module.__getattr__ = lambda name: type(name, (), {"__init__": lambda self, *a, **k: None})
        return module

    def exec_module(self, module):
        pass


sys.meta_path.insert(0, Unused())
from pytorchvideo.models.slowfast import create_slowfast  # noqa: E402
from slowfast.config.defaults import get_cfg  # noqa: E402
from slowfast.models.video_model_builder import ResNet, SlowFast  # noqa: E402
from slowfast.utils.c2_model_loading import get_name_convert_func  # noqa: E402

CONFIG = f"""DATA:
  NUM_FRAMES: {FRAMES}
  SAMPLING_RATE: 2
  TRAIN_CROP_SIZE: {SIZE}
  TEST_CROP_SIZE: {SIZE}
MODEL:
  ARCH: slowfast
  MODEL_NAME: SlowFast
  NUM_CLASSES: {CLASSES}
RESNET:
  DEPTH: 50
  WIDTH_PER_GROUP: {WIDTH}
SLOWFAST:
  ALPHA: 8
  BETA_INV: {BETA_INV}
  FUSION_CONV_CHANNEL_RATIO: 2
  FUSION_KERNEL_SZ: 5
"""


def pyslowfast(build, *, non_local=False, slow=False):
    cfg = get_cfg()
    cfg.merge_from_other_cfg(type(cfg).load_cfg(CONFIG))
    pathways = 1 if slow else 2
    cfg.NUM_GPUS = 0
    cfg.RESNET.NUM_BLOCK_TEMP_KERNEL = [[n] * pathways for n in (3, 4, 6, 3)]
    cfg.RESNET.SPATIAL_STRIDES = [[n] * pathways for n in (1, 2, 2, 2)]
    cfg.RESNET.SPATIAL_DILATIONS = [[1] * pathways] * 4
    blocks = ([], [1, 3], [1, 3, 5], []) if non_local else ([],) * 4
    cfg.NONLOCAL.LOCATION = [[b] + [[]] * (pathways - 1) for b in blocks]
    cfg.NONLOCAL.GROUP = [[1] * pathways] * 4
    cfg.NONLOCAL.INSTANTIATION = "dot_product"
    cfg.NONLOCAL.POOL = [[[1, 2, 2], [1, 2, 2]]] * 4
    if slow:
        cfg.MODEL.ARCH, cfg.MODEL.MODEL_NAME, cfg.DATA.INPUT_CHANNEL_NUM = "slow", "ResNet", [3]
    return build(cfg)


def random_weights(model, seed):
    """Weights that keep the spread of what passes through, norms that change it a little."""
    random = np.random.default_rng(seed)
    for name, tensor in model.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        u = random.random(tuple(tensor.shape))
        if name.endswith("running_var") or (name.endswith("weight") and tensor.ndim == 1):
            value = (0.5 + u) * (0.5 if re.search(r"c_bn.weight$|norm_c.weight$", name) else 1)
        elif name.endswith("weight"):
            value = (2 * u - 1) * np.sqrt(3 / tensor[0].numel()) * (0.25 if "nonlocal" in name else 1)
        else:
            value = 0.4 * u - 0.2
        tensor.copy_(torch.from_numpy(value))
    return model.eval()


def uniform(name, count):
    """The formula of @slowfast/core/testing: FNV-1a of the name, mixed with the index."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = (seed ^ byte) * 0x01000193 % 2**32
    h = (seed + np.arange(count, dtype=np.uint64) * 0x9E3779B9) % 2**32
    h = (h ^ (h >> np.uint64(16))) * np.uint64(0x7FEB352D) % 2**32
    h = (h ^ (h >> np.uint64(15))) * np.uint64(0x846CA68B) % 2**32
    return ((h ^ (h >> np.uint64(16))) + 0.5) / 2**32


def formula_clip():
    shape = (1, 3, FRAMES, SIZE, SIZE)
    return torch.from_numpy((2 * (2 * uniform("clip", int(np.prod(shape))) - 1)).reshape(shape)).float()


def scores(model, slow_indices, clip):
    """The classifier's output at each position before its activation, and the model's."""
    projection = []
    layer = next(m for n, m in model.named_modules() if n.endswith("proj") or n.endswith("projection"))
    hook = layer.register_forward_hook(lambda *call: projection.append(call[-1].clone()))
    with torch.no_grad():
        output = model([clip[:, :, slow_indices], clip] if slow_indices else [clip])
    hook.remove()
    return projection[0], output


def caffe2_name(name):
    """A blob's name; PySlowFast's own conversion takes it back to the parameter's, which `main` checks."""
    rules = [
        (r"^s1\.pathway0_stem\.conv", "conv1"), (r"^s1\.pathway1_stem\.conv", "t_conv1"),
        (r"^s1\.pathway0_stem\.bn", "res_conv1_bn"), (r"^s1\.pathway1_stem\.bn", "t_res_conv1_bn"),
        (r"^s1_fuse\.conv_f2s", "t_pool1_subsample"), (r"^s1_fuse\.bn", "t_pool1_subsample_bn"),
        (r"^s2_fuse\.conv_f2s", "t_res2_2_branch2c_bn_subsample"), (r"^s2_fuse\.bn", "t_res2_2_branch2c_bn_subsample_bn"),
        (r"^s3_fuse\.conv_f2s", "t_res3_3_branch2c_bn_subsample"), (r"^s3_fuse\.bn", "t_res3_3_branch2c_bn_subsample_bn"),
        (r"^s4_fuse\.conv_f2s", "t_res4_5_branch2c_bn_subsample"), (r"^s4_fuse\.bn", "t_res4_5_branch2c_bn_subsample_bn"),
        (r"^s(\d)\.pathway0_nonlocal(\d)\.(?:conv_)?", r"nonlocal_conv\1_\2_"),
        (r"^s(\d)\.pathway0_res(\d)\.", r"res\1_\2_"), (r"^s(\d)\.pathway1_res(\d)\.", r"t_res\1_\2_"),
        (r"branch2\.", "branch2"), (r"^head\.projection", "pred"),
        (r"bn\.weight$", "bn_s"), (r"\.running_mean$", "_rm"), (r"\.running_var$", "_riv"),
        (r"\.weight$", "_w"), (r"\.bias$", "_b"),
    ]  # fmt: skip
    for pattern, replacement in rules:
        name = re.sub(pattern, replacement, name)
    return name


def own_name(name):
    """A parameter's name in this project, from PySlowFast's or PyTorchVideo's."""
    stages = {str(i): f"res{i}" for i in range(2, 6)} | {"1": "stem"}
    if name.startswith("blocks."):
        stage = lambda m: str(int(m[1]) + 1)  # noqa: E731
        name = re.sub(r"^blocks\.6\.proj", "head.projection", name)
        name = re.sub(r"^blocks\.(\d)\.multipathway_fusion\.(conv|norm)", lambda m: f"s{stage(m)}_fuse.{m[2]}", name)
        name = re.sub(r"^blocks\.0\.multipathway_blocks\.(\d)", r"s1.pathway\1_stem", name)
        name = re.sub(r"^blocks\.(\d)\.multipathway_blocks\.(\d)\.res_blocks\.(\d+)",
                      lambda m: f"s{stage(m)}.pathway{m[2]}_res{m[3]}", name)  # fmt: skip
        name = re.sub(r"branch2\.(conv|norm)_([abc])", r"\2.\1", re.sub(r"branch1_(conv|norm)", r"shortcut.\1", name))
    name = re.sub(r"branch2\.([abc])\.weight", r"\1.conv.weight", re.sub(r"branch2\.([abc])_bn", r"\1.norm", name))
    name = re.sub(r"branch1_bn", "shortcut.norm", re.sub(r"branch1\.", "shortcut.conv.", name))
    name = re.sub(r"\.bn\.", ".norm.", re.sub(r"(conv)_(?:f2s|fast_to_slow)", r"\1", name))
    name = re.sub(r"^s(\d)_fuse", lambda m: f"lateral.fast_to_slow.{stages[m[1]]}", name)
    name = re.sub(r"^s1\.pathway(\d)_stem", lambda m: f"{('slow', 'fast')[int(m[1])]}.stem", name)
    name = re.sub(r"^s(\d)\.pathway(\d)_nonlocal(\d+)\.(?:conv_)?", lambda m: f"slow.res{m[1]}.{m[3]}.nonlocal.", name)
    return re.sub(r"^s(\d)\.pathway(\d)_res(\d+)",
                  lambda m: f"{('slow', 'fast')[int(m[2])]}.res{m[1]}.{m[3]}", name)  # fmt: skip


def sums(state):
    """Of each tensor its sum and its sum weighted by i % 97 + 1, added one by one in float64."""
    result = {}
    for name, tensor in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        total = weighted = 0.0
        for i, value in enumerate(tensor.double().flatten().tolist()):
            total += value
            weighted += value * (i % 97 + 1)
        result[own_name(name)] = [total, weighted]
    return result


def main():
    expected, all_sums = [], {}

    def record(file, about, model, slow_indices):
        projection, output = scores(model, slow_indices, formula_clip())
        # Clips of noise are much alike once pooled: the other one is brighter.
        other, _ = scores(model, slow_indices, formula_clip().abs())
        spread, change = float(projection.std()), float((projection - other).abs().max())
        print(f"{file}: spread of the classifier's output {spread:.3g}, between two clips {change:.3g}")
        assert spread > 0.1 and change > 0.05, "these weights show little"
        values = lambda t: {"shape": list(t.shape), "value": [float(f"{v:.9g}") for v in t.flatten().tolist()]}  # noqa: E731
        expected.append({
            "name": Path(file).stem, "file": file, "about": about, "clip": [1, 3, FRAMES, SIZE, SIZE],
            "slowIndices": slow_indices, "projection": values(projection), "output": values(output),
        })  # fmt: skip
        if "legacy" not in file:  # a test holds it against its twin
            all_sums[file] = sums(model.state_dict())

    # torch.save names the entries of its archive by the file.
    model = random_weights(pyslowfast(SlowFast), 1)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(2)) for _ in range(2)], lr=0.1, momentum=0.9)
    whole = {"epoch": 7, "model_state": model.state_dict(), "optimizer_state": optimizer.state_dict(), "cfg": CONFIG}
    file = f"pyslowfast_slowfast_w{WIDTH}.pyth"
    torch.save(whole, FOLDER / file)
    record(file, "PySlowFast training checkpoint (zip), SLOWFAST_4x16_R50 with WIDTH_PER_GROUP 2 and BETA_INV 2, 16 frames, "
           "64 px, 11 classes; holds epoch, model_state, optimizer_state, cfg", model, [0, 15])  # fmt: skip
    file = f"pyslowfast_slowfast_w{WIDTH}_legacy.pyth"
    torch.save({"model_state": model.state_dict()}, FOLDER / file, _use_new_zipfile_serialization=False)
    record(file, "the same weights in torch.save's older, non-zip serialization", model, [0, 15])

    model = random_weights(pyslowfast(SlowFast, non_local=True), 2)
    blobs, convert = {}, get_name_convert_func()
    for name, tensor in model.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            assert convert(caffe2_name(name)) == name, name
            blobs[caffe2_name(name)] = tensor.numpy()
    blobs |= {f"{name}_momentum": np.zeros_like(blobs[name]) for name in list(blobs)[:20]}
    blobs |= {"lr": np.array([0.1], np.float32), "model_iter": np.array([100], np.int64)}
    file = f"caffe2_slowfast_nln_w{WIDTH}.pkl"
    (FOLDER / file).write_bytes(pickle.dumps({"blobs": blobs, "cfg": "..."}, protocol=2))
    record(file, 'Caffe2 model-zoo style pickle (protocol 2, numpy arrays under "blobs", momentum/lr/model_iter blobs to '
           "ignore), SLOWFAST_NLN_4x16_R50 with the same widths", model, [0, 15])  # fmt: skip

    model = random_weights(create_slowfast(
        slowfast_channel_reduction_ratio=(BETA_INV,), stem_dim_outs=(WIDTH, WIDTH // BETA_INV), model_depth=50,
        slowfast_fusion_conv_kernel_size=(7, 1, 1), slowfast_fusion_conv_stride=(4, 1, 1), model_num_class=CLASSES,
        head_pool_kernel_sizes=((FRAMES // 4, SIZE // 32, SIZE // 32), (FRAMES, SIZE // 32, SIZE // 32)),
    ), 3)  # fmt: skip
    file = f"pytorchvideo_slowfast_w{WIDTH}_fp16.pyth"
    half = {name: t.half() if t.is_floating_point() else t for name, t in model.state_dict().items()}
    torch.save({"model_state": half}, FOLDER / file)
    model.load_state_dict(half)
    record(file, "PyTorchVideo hub style checkpoint, half precision, create_slowfast depth 50, stem 2/1 channels, fusion "
           "kernel 7, alpha 4, 16 frames, 64 px, 11 classes; logits (no activation)", model, [0, 5, 10, 15])  # fmt: skip

    model = random_weights(pyslowfast(ResNet, slow=True), 4)
    file = f"pyslowfast_slow_w{WIDTH}_bf16_module_prefix.pyth"
    half = {name: t.bfloat16() if t.is_floating_point() else t for name, t in model.state_dict().items()}
    half["head.projection.weight"] = half["head.projection.weight"].t().contiguous().t()
    torch.save({"model_state": {f"module.{name}": tensor for name, tensor in half.items()}}, FOLDER / file)
    model.load_state_dict(half)
    record(file, 'PySlowFast SLOW_4x16_R50 width 2, bfloat16, every name with the DataParallel prefix "module.", one tensor '
           "stored transposed (non-contiguous strides)", model, None)  # fmt: skip

    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=2) + "\n")
    (FOLDER / "sums.json").write_text(json.dumps(all_sums).replace("], ", "],\n") + "\n")


if __name__ == "__main__":
    main()
