"""Clips of videos for training and testing: which frames, how they are cut and coloured.

The same rules and the same random numbers as `slowfast train`, so that a seed gives the same clips there and here.
Needs PyAV, NumPy and torch. RGB clips are [3, T, H, W].
"""

import math
from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
import torch
from torch.nn import functional as F

av.logging.set_level(av.logging.ERROR)


class MediaError(Exception):
    """A video that cannot be used."""


# Random numbers ---------------------------------------------------------------------------------

MASK = 0xFFFFFFFF


def mixed(bits):
    for _ in range(2):
        bits = ((bits ^ (bits >> 16)) * 0x85EBCA6B) & MASK
        bits = ((bits ^ (bits >> 13)) * 0xC2B2AE35) & MASK
        bits ^= bits >> 16
    return bits


def keyed_random(*keys):
    """Numbers in [0, 1) that depend on the keys alone; each call of what comes gives the next."""
    state = 0x9E3779B9
    for key in keys:
        state = mixed(state ^ (key & MASK))
        state = mixed((state + (key >> 32)) & MASK)

    def following():
        nonlocal state
        state = (state + 0x9E3779B9) & MASK
        return mixed(state) / 2**32

    return following


def epoch_order(count, seed, epoch):
    """The clips of an epoch in its random order."""
    order, following = list(range(count)), keyed_random(seed, epoch)
    for i in range(count - 1, 0, -1):
        j = int(following() * (i + 1))
        order[i], order[j] = order[j], order[i]
    return order


def beta_sample(alpha, following):
    """A share drawn from Beta(alpha, alpha)."""
    a, b = gamma_sample(alpha, following), gamma_sample(alpha, following)
    return a / (a + b) if a + b > 0 else float(following() < 0.5)


def gamma_sample(shape, following):
    if shape < 1:
        return gamma_sample(shape + 1, following) * (1 - following()) ** (1 / shape)
    d = shape - 1 / 3
    c = 1 / math.sqrt(9 * d)
    while True:
        normal = math.sqrt(-2 * math.log(1 - following())) * math.cos(2 * math.pi * following())
        v = (1 + c * normal) ** 3
        if v > 0 and math.log(1 - following()) < normal**2 / 2 + d - d * v + d * math.log(v):
            return d * v


# Videos -----------------------------------------------------------------------------------------


@dataclass
class Video:
    """What is known of a video before its frames are decoded."""

    path: str
    fps: float
    duration: float
    duration_declared: bool
    time_base: Fraction
    pts: list
    """When each frame is shown, in ticks."""
    stamped: bool
    """Whether the file says when; else frames count."""


@lru_cache(maxsize=4096)
def open_video(path):
    """Reads the time line of a video from its packets, or from its frames where packets do not tell."""
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            declared, time_base, promised = stream.duration, stream.time_base, stream.frames
            rates = [stream.base_rate, stream.average_rate]
            # AVI has time stamps of decoding alone; they do not say when frames are shown.
            suffices = container.format.name != "avi"
            packets = [p.pts for p in container.demux(stream) if p.size > 0 and not p.is_discard]
            pts = sorted(stamp for stamp in packets if stamp is not None)
        suffices = suffices and len(set(pts)) == len(packets) and promised in (0, len(packets))
        if not suffices:
            with av.open(str(path)) as container:
                packets = pts = [frame.pts for frame in container.decode(video=0)]
    except (OSError, IndexError, av.error.FFmpegError) as error:
        raise MediaError(f"{path}: expected a video, received {error}.") from error
    if not packets:
        raise MediaError(f"{path}: expected a video, received none of its frames.")
    fps = next((float(rate) for rate in rates if rate and 0 < rate <= 1000), 25.0)
    if None in pts or any(b <= a for a, b in zip(pts, pts[1:])):
        count, step = len(packets), 1 if fps.is_integer() else 1_000_000
        base = Fraction(1, round(fps * step))
        return Video(str(path), fps, count / fps, True, base, [i * step for i in range(count)], False)
    span = float((pts[-1] - pts[0]) * time_base) + 1 / fps
    duration = float(declared * time_base) if declared else span
    return Video(str(path), fps, duration, bool(declared), time_base, pts, True)


def decode(video, indices):
    """The wanted frames by index, [H, W, 3] bytes; one that is missing is the one before it in the clip."""
    wanted, found = sorted(set(indices)), {}
    some = set(wanted)
    try:
        with av.open(video.path) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            if video.stamped and wanted[0] > 0:
                container.seek(video.pts[wanted[0]], stream=stream)
            for count, frame in enumerate(container.decode(stream)):
                index = index_of(video, frame, count)
                if index in some:
                    found[index] = frame.to_ndarray(format="rgb24")
                if index >= wanted[-1]:
                    break
    except (OSError, av.error.FFmpegError) as error:
        if not found:
            raise MediaError(f"{video.path}: expected frames that decode, received {error}.") from error
    if not found:
        raise MediaError(f"{video.path}: expected frames of a clip, received none that decodes.")
    latest, frames = found[min(found)], {}
    for index in wanted:
        latest = frames[index] = found.get(index, latest)
    return [frames[index] for index in indices]


def index_of(video, frame, count):
    if not video.stamped or frame.pts is None:
        return count
    index = bisect_left(video.pts, frame.pts)
    return index if index < len(video.pts) and video.pts[index] == frame.pts else -1


# Which frames -----------------------------------------------------------------------------------


def clip_frames(video, clip, place):
    """Indices of the frames of a clip; `place` gives its start within the room that the clip leaves.

    PySlowFast's rule: positions in frames of the nominal rate, the last frame is held.
    """
    if clip.get("segments"):
        raise ValueError("clips of segments are not supported")
    fps = np.float32(video.fps)
    length = max(1.0, clip["frames"] * clip["stride"] / clip["fps"] * float(fps))
    total = float(fps) * video.duration
    first, count, start = 0, len(video.pts), None
    if video.duration_declared and total > clip["frames"] * clip["stride"]:
        found = frames_between(video, place(max(total - length, 0.0)), length)
        if found:
            (first, count), start = found, 0.0
    if start is None:
        start = place(max(len(video.pts) - length, 0.0))
    positions = linspace(start, start + length - 1, clip["frames"])
    return [first + int(min(max(position, 0), count - 1)) for position in positions]


def frames_between(video, start, length):
    """The frames that torchvision's reader finds in a range, in whole microseconds."""
    base = video.time_base
    ticks = base.denominator / float(np.float32(video.fps))
    begin, until = int(start * ticks), int((start + length - 1) * ticks)

    def micros(tick):
        return round_away(tick * base.numerator * Fraction(1_000_000, base.denominator))

    stamps = [micros(tick) for tick in video.pts]
    first = bisect_left(stamps, micros(begin) if begin > 0 else 0)
    end = bisect_left(stamps, 100 + micros(until) + 1) if until > 0 else len(stamps)
    return (first, end - first) if end > first else None


def round_away(value):
    return int(math.copysign((2 * abs(value) + 1) // 2, value))


def linspace(start, end, count):
    """torch.linspace in float32: from both ends to the middle."""
    start, end = np.float32(start), np.float32(end)
    if count == 1:
        return [float(start)]
    step = np.float32(np.float32(end - start) / np.float32(count - 1))
    half = count // 2
    ahead = [np.float32(start + np.float32(step * np.float32(i))) for i in range(half)]
    back = [np.float32(end - np.float32(step * np.float32(count - 1 - i))) for i in range(half, count)]
    return [float(value) for value in ahead + back]


def pathway_indices(frames, count, rule):
    """The frames of a clip that a pathway sees."""
    if count == frames:
        return list(range(frames))
    if rule == "stride":
        return [i * (frames // count) for i in range(count)]
    step = np.float32((frames - 1) / max(count - 1, 1))
    return [
        int(np.float32(step * np.float32(i)) if i < count / 2
            else np.float32(np.float32(frames - 1) - np.float32(step * np.float32(count - 1 - i))))
        for i in range(count)
    ]  # fmt: skip


# Training clips ---------------------------------------------------------------------------------


def training_clip(path, data, seed, epoch, number):
    """A random part of a video, scaled, cropped, coloured, normalised and mirrored: [3, T, H, W]."""
    following = keyed_random(seed, epoch, number, 1)
    draw = {name: following() for name in ("start", "scale", "x", "y", "flip")}
    colour = [following() for _ in range(3)]
    colour_order, ratio, speed = following(), following(), following()
    video = open_video(path)
    fps = data["fps"] / drawn_factor(data["speed"], speed)
    clip = {"frames": data["frames"], "stride": data["stride"], "fps": fps}
    frames = decode(video, clip_frames(video, clip, lambda room: draw["start"] * room))
    height, width = data["crop"]
    scale = drawn_scale(data["scale"], data["inverseScale"], draw["scale"])
    rows, columns = scaled_size(frames[0].shape, data, scale, drawn_factor(data["ratio"], ratio))
    images = torch.from_numpy(np.stack(frames)).permute(0, 3, 1, 2).float()
    if images.shape[2:] != (rows, columns):
        images = F.interpolate(images, (rows, columns), mode="bilinear", align_corners=False)
    x, y = int(draw["x"] * (columns - width + 1)), int(draw["y"] * (rows - height + 1))
    images = jittered(images[:, :, y : y + height, x : x + width], colour, colour_order, data["colour"])
    images = normalised(images, data)
    if data["flip"] and draw["flip"] < 0.5:
        images = images.flip(3)
    return images.transpose(0, 1).contiguous()


def drawn_factor(between, draw):
    """A factor whose logarithm is drawn evenly."""
    least, most = between
    return least * (most / least) ** draw


def drawn_scale(between, inverse, draw):
    least, most = between
    if not inverse:
        return least + draw * (most - least)
    return 1 / (1 / most + draw * (1 / least - 1 / most))


def scaled_size(shape, data, scale, ratio):
    """Rows and columns of a frame before the crop is cut: it covers the scaled crop."""
    (frame_height, frame_width), (height, width) = shape[:2], data["crop"]
    if data["aspect"] == "stretch":
        rows, columns = round(height * scale), round(width * scale)
    elif height * frame_width >= width * frame_height:
        rows = round(height * scale)
        columns = max(int(frame_width / frame_height * rows), width)
    else:
        columns = round(width * scale)
        rows = max(int(frame_height / frame_width * columns), height)
    if ratio == 1:
        return rows, columns
    root = math.sqrt(ratio)
    return max(height, round(rows / root)), max(width, round(columns * root))


ORDERS = [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]


def jittered(images, draws, order, strengths):
    """Brightness, contrast and saturation blended in random order, as PySlowFast's color_jitter."""
    names = ("brightness", "contrast", "saturation")
    for which in ORDERS[int(order * 6)]:
        strength = strengths.get(names[which], 0)
        if strength == 0:
            continue
        factor = 1 + strength * (2 * draws[which] - 1)
        if which == 0:
            images = images * factor
            continue
        grey = (images * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(dim=1, keepdim=True)
        base = grey.mean(dim=(2, 3), keepdim=True) if which == 1 else grey
        images = images * factor + (1 - factor) * base
    return images


def normalised(images, colours):
    mean, std = (torch.tensor(colours[name]).view(1, 3, 1, 1) for name in ("mean", "std"))
    if colours.get("channelOrder") == "bgr":
        images = images.flip(1)
    return (images / 255 - mean) / std


# Test views -------------------------------------------------------------------------------------


def test_clip(path, preprocessing, index, clips, crops):
    """One of the clips spread over a video, with its crops: [crops, 3, T, H, W]."""
    video = open_video(path)
    frames = decode(video, clip_frames(video, preprocessing["clip"], lambda room: room * index / clips))
    rows, columns = test_size(frames[0].shape, preprocessing)
    resized = {id(frame): area_resized(frame, rows, columns) for frame in frames}
    images = torch.from_numpy(np.stack([resized[id(frame)] for frame in frames])).permute(0, 3, 1, 2).float()
    images = normalised(images, preprocessing).transpose(0, 1)
    height, width = preprocessing.get("stretch") or [preprocessing["crop"]] * 2
    corners = crop_corners(rows - height, columns - width, crops)
    return torch.stack([images[:, :, y : y + height, x : x + width] for y, x in corners])


def test_size(shape, preprocessing):
    if preprocessing.get("stretch"):
        return tuple(preprocessing["stretch"])
    height, width = shape[:2]
    side = preprocessing["resize"]
    long = int(max(height, width) / min(height, width) * side + 0.5)
    return (long, side) if width < height else (side, long)


def crop_corners(room_y, room_x, crops):
    """The centre, or three along the long side."""
    middle_y, middle_x = math.ceil(room_y / 2), math.ceil(room_x / 2)
    if crops == 1:
        return [(middle_y, middle_x)]
    if room_y > room_x:
        return [(y, middle_x) for y in (0, middle_y, room_y)]
    return [(middle_y, x) for x in (0, middle_x, room_x)]


def area_resized(frame, rows, columns):
    """Each pixel the mean of what it covers, in whole levels; summed row by row, so that halves round the same way."""
    if frame.shape[:2] == (rows, columns):
        return frame
    sums, pixels = np.zeros((rows, columns, 3)), frame.astype(np.float64)
    for row, row_weight in footprints(frame.shape[0], rows):
        for column, weight in footprints(frame.shape[1], columns):
            weights = row_weight[:, None, None] * weight[None, :, None]
            sums += weights * pixels[row[:, None], column[None, :]]
    return np.floor(sums + 0.5)


def footprints(size, wanted):
    """For each tap the pixels under the output pixels and their weights, both [wanted]."""
    scale = size / wanted
    begin = np.arange(wanted) * scale
    end = np.minimum((np.arange(wanted) + 1) * scale, size)
    first = np.floor(begin).astype(int)
    count = np.maximum(np.ceil(end - 1e-9).astype(int) - first, 1)
    for tap in range(count.max()):
        pixel = first + tap
        weight = (np.minimum(pixel + 1, end) - np.maximum(pixel, begin)) / (end - begin)
        yield np.minimum(pixel, size - 1), np.where(tap < count, weight, 0.0)


# Lists ------------------------------------------------------------------------------------------


def read_list(path, root):
    """Lines of `"path" label[,label]`; paths are relative to root."""
    clips = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        name, separator, labels = line.strip().rpartition(" ")
        try:
            numbers = [int(label) for label in labels.strip('"').split(",") if label]
        except ValueError:
            separator = ""
        if not separator:
            raise SystemExit(f'{path}, line {number}: expected "path" label, received {line!r}.')
        clips.append((str(Path(root) / name.strip('"').replace('""', '"')), numbers))
    if not clips:
        raise SystemExit(f"{path}: expected clips, received none.")
    return clips
