/** @file RoIAlign in torch alone, so that a detector needs no other package. */

/** The function, as text of `model.py`. */
export const ROI_ALIGN = `def roi_align(features, boxes, size, scale, sampling_ratio, aligned):
    """Means of bilinear samples in each bin of each box, as torchvision.ops.roi_align.

    features [N, C, H, W], boxes [R, 5] (clip, x1, y1, x2, y2 in input pixels) -> [R, C, *size].
    """
    height, width = features.shape[2:]
    regions = []
    for box in boxes:
        x1, y1, x2, y2 = (box[1:] * scale - (0.5 if aligned else 0.0)).unbind()
        box_w, box_h = x2 - x1, y2 - y1
        if not aligned:
            box_w, box_h = box_w.clamp(min=1.0), box_h.clamp(min=1.0)
        ys = bin_samples(y1, box_h, size[0], sampling_ratio)
        xs = bin_samples(x1, box_w, size[1], sampling_ratio)
        rows = interpolation(ys, height)
        columns = interpolation(xs, width)
        clip = features[int(box[0])]
        # [bins, H] of means over a bin's rows, then the same over its columns.
        regions.append(torch.einsum("chw,ih,jw->cij", clip, rows, columns))
    if not regions:
        return features.new_zeros((0, features.shape[1], *size))
    return torch.stack(regions)


def bin_samples(start, length, bins, ratio):
    """Positions [bins, samples] of samples at equal distances."""
    count = ratio if ratio > 0 else max(0, int(torch.ceil(length / bins)))
    steps = (torch.arange(count, device=start.device, dtype=start.dtype) + 0.5) / max(count, 1)
    first = torch.arange(bins, device=start.device, dtype=start.dtype)
    return start + (first[:, None] + steps[None, :]) * (length / bins)


def interpolation(positions, size):
    """Weights [bins, size] of the mean over bilinear samples; those outside count as zeros."""
    inside = (positions >= -1.0) & (positions <= size)
    at = positions.clamp(min=0.0, max=size - 1.0)
    low = at.floor().long()
    high = (low + 1).clamp(max=size - 1)
    part = at - low
    one_hot = F.one_hot(low, size) * (1 - part)[..., None] + F.one_hot(high, size) * part[..., None]
    samples = max(positions.shape[1], 1)
    return (one_hot * inside[..., None]).sum(dim=1) / samples`;
