"""Writes `annotations.pkl`, laid out as PYSKL's `ntu60_2d.pkl` is (a dictionary of `split` and `annotations`), by formula:
`python annotations.py` (numpy). The second clip has one person more from its third frame on, the third one other
joints, the fifth one nobody and very many frames."""
import os
import pickle

import numpy as np


def annotation(name, label, people, frames, joints=17):
    at = np.arange(people * frames * joints, dtype=np.float32).reshape(people, frames, joints)
    keypoint = np.stack([100 + at % 97, 80 + at % 53], -1).astype(np.float16)
    score = (0.5 + (at % 5) / 10).astype(np.float16)
    if people > 1:
        keypoint[1, :2] = 0
        score[1, :2] = 0
    return dict(frame_dir=name, label=label, img_shape=(300, 400), original_shape=(300, 400), total_frames=frames,
                keypoint=keypoint, keypoint_score=score)


if __name__ == '__main__':
    annotations = [annotation('S001A001', 0, 1, 6), annotation('S001A002', 1, 2, 5), annotation('S001A003', 1, 1, 4, 25),
                   annotation('S002A001', 0, 1, 3), annotation('S002A002', 0, 0, 10**12)]
    split = {'xsub_train': ['S001A001', 'S001A002', 'S001A003'], 'xsub_val': ['S002A001', 'S002A002']}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'annotations.pkl')
    with open(path, 'wb') as file:
        pickle.dump({'split': split, 'annotations': annotations}, file, protocol=4)
