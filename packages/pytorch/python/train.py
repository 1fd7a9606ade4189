"""Trains the network of model.py on videos, on one process or many.

    python train.py                                    one process
    torchrun --nproc-per-node 8 train.py               all GPUs of a machine
    srun torchrun --nnodes 4 --nproc-per-node 8 \\
        --rdzv-backend c10d --rdzv-endpoint HOST train.py --resume

What is trained, on what and how stands in training.json, the start in weights.pth. The run goes into a
folder: final.pth, best.pth, checkpoints, metrics.jsonl, evaluation.json. Ctrl-C and SIGTERM end it after
the step in hand with a checkpoint; --resume goes on from the last one, on any number of processes.
"""

import argparse
import contextlib
import inspect
import json
import math
import os
import random
import signal
import sys
import time
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, Dataset

HERE = Path(__file__).resolve().parent
# Between checkpoints within an epoch, where training.json names no steps.
CHECKPOINT_SECONDS = 600


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config", type=Path, default=HERE / "training.json", help="default: training.json")
    parser.add_argument("--output", type=Path, help="folder of the run (default: as training.json says)")
    parser.add_argument("--videos", type=Path, help="folder that the paths in the lists start from")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint, if there is one")
    parser.add_argument("--amp", choices=["auto", "none", "bfloat16", "float16"], default="auto",
                        help="precision of products (auto: bfloat16 on GPUs that have it)")  # fmt: skip
    parser.add_argument("--workers", type=int, help="processes that decode, for each process that trains")
    parser.add_argument("--threads", type=int, help="threads that compute, for each process on a CPU")
    parser.add_argument("--compile", action="store_true", help="compile the network with torch.compile")
    parser.add_argument("--evaluate", type=Path, metavar="FILE", help="only test the weights of this file")
    return parser.parse_args()


# Processes --------------------------------------------------------------------------------------


class Processes:
    """This process among all that train."""

    def __init__(self):
        self.rank = int(os.environ.get("RANK", 0))
        self.count = int(os.environ.get("WORLD_SIZE", 1))
        local = int(os.environ.get("LOCAL_RANK", 0))
        has_gpu = torch.cuda.is_available()
        self.device = torch.device("cuda", local) if has_gpu else torch.device("cpu")
        if has_gpu:
            torch.cuda.set_device(self.device)
        if self.count > 1:
            dist.init_process_group("nccl" if has_gpu else "gloo")

    @property
    def is_first(self):
        return self.rank == 0

    def say(self, text):
        if self.is_first:
            print(text, flush=True)

    def total(self, values):
        """Sums of numbers over all processes."""
        tensor = torch.tensor(values, dtype=torch.float64, device=self.device)
        if self.count > 1:
            dist.all_reduce(tensor)
        return tensor.tolist()

    def average_(self, tensors):
        """Means of tensors over all processes, in place."""
        if self.count > 1:
            for tensor in tensors:
                dist.all_reduce(tensor)
                tensor /= self.count

    def gathered(self, values):
        """The lists of all processes, one after the other."""
        if self.count == 1:
            return values
        lists = [None] * self.count
        dist.all_gather_object(lists, values)
        return [value for one in lists for value in one]

    def close(self):
        if dist.is_initialized():
            dist.destroy_process_group()


class Stop:
    """Whether a signal asks the run to end; all processes learn of it in the same step."""

    def __init__(self):
        self.signal, self.asked_at = 0, 0.0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.ask)

    def ask(self, number, _frame):
        # torchrun passes on what the terminal has sent already; a later one means at once.
        if self.signal and time.monotonic() - self.asked_at > 3:
            sys.exit(128 + number)
        self.signal, self.asked_at = number, time.monotonic()


# Data -------------------------------------------------------------------------------------------


class TrainingClips(Dataset):
    """The clips of this process in an epoch, from a step on. A video that cannot be used gives way to the next."""

    def __init__(self, clips, data, seed, epoch, order):
        self.clips, self.data, self.seed, self.epoch, self.order = clips, data, seed, epoch, order

    def __len__(self):
        return len(self.order)

    def __getitem__(self, position):
        from clips import MediaError, training_clip

        broken = []
        for offset in range(len(self.clips)):
            number = (self.order[position] + offset) % len(self.clips)
            path, labels = self.clips[number]
            try:
                clip = training_clip(path, self.data, self.seed, self.epoch, number)
                return clip, labels, broken
            except MediaError as error:
                broken.append(str(error))
        raise RuntimeError(f"expected videos, received none that can be used: {broken[0]}")


class TestClips(Dataset):
    """The clips of videos, each with its crops, [crops, 3, T, H, W]; those of one video follow each other."""

    def __init__(self, videos, preprocessing, views):
        self.videos, self.preprocessing, (self.clips, self.crops) = videos, preprocessing, views

    def __len__(self):
        return len(self.videos) * self.clips

    def __getitem__(self, index):
        from clips import MediaError, test_clip

        video, clip = divmod(index, self.clips)
        try:
            return video, test_clip(self.videos[video][0], self.preprocessing, clip, self.clips, self.crops), None
        except MediaError as error:
            return video, None, str(error)


def collated(samples):
    clips, labels, broken = zip(*samples)
    return torch.stack(clips), list(labels), [text for texts in broken for text in texts]


def found_clips(path, root, say):
    """The list, if its videos are there; those that are not are named."""
    from clips import read_list

    clips = read_list(path, root)
    missing = [name for name, _ in clips if not Path(name).is_file()]
    if len(missing) == len(clips):
        raise SystemExit(
            f"{path}: expected its videos in {root}, received none of {len(clips)} ({missing[0]}, ...). "
            "Say by --videos where they are."
        )
    if missing:
        say(f"warning: {path}: {len(missing)} of {len(clips)} videos are missing: {', '.join(missing[:3])}")
    return clips


# The network ------------------------------------------------------------------------------------


def is_inside(parts, name):
    return any(name == part or name.startswith(f"{part}.") for part in parts)


def norms(network):
    return {name: module for name, module in network.named_modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)}


class Network(nn.Module):
    """The network of model.py with the frames that each of its pathways sees of a clip."""

    def __init__(self, config, device):
        super().__init__()
        from clips import pathway_indices
        from model import Network as Model

        self.network = Model()
        frames, inputs = config["preprocessing"]["clip"]["frames"], config["network"]["inputs"]
        pathways = config["preprocessing"]["pathways"]
        self.frames = [
            torch.tensor(pathway_indices(frames, pathways[name]["frames"], pathways[name]["rule"]), device=device)
            for name in inputs
        ]
        self.frozen = config["network"]["frozen"]
        self.fixed = config["network"]["fixedStatistics"]
        for name, parameter in self.network.named_parameters():
            parameter.requires_grad_(not is_inside(self.frozen, name))

    def forward(self, clips):
        return self.network(*[clips.index_select(2, frames) for frames in self.frames])

    def train(self, mode=True):
        super().train(mode)
        for name, module in norms(self.network).items():
            if self.fixed is True or is_inside([*self.frozen, *(self.fixed or [])], f"{name}.weight"):
                module.eval()
        return self

    def statistics(self):
        """Running means and variances that training changes."""
        return [
            buffer
            for name, module in norms(self.network).items()
            if module.training
            for buffer in (module.running_mean, module.running_var)
        ]


def optimizer_of(network, options, rates):
    """SGD or AdamW; batch norms have no weight decay. `rates` are factors on the learning rate by parameter."""
    plain = {id(p) for module in norms(network).values() for p in module.parameters()}
    groups = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            key = (rates.get(name, 1.0), id(parameter) in plain)
            groups.setdefault(key, []).append(parameter)
    groups = [
        {"params": parameters, "rate": rate, **({"weight_decay": 0.0} if is_plain else {})}
        for (rate, is_plain), parameters in groups.items()
    ]
    if options.get("kind", "sgd") == "adamw":
        return torch.optim.AdamW(groups, lr=0.0, betas=tuple(options.get("betas", (0.9, 0.999))),
                                 eps=options.get("epsilon", 1e-8), weight_decay=options.get("weightDecay", 0.01))  # fmt: skip
    return torch.optim.SGD(groups, lr=0.0, momentum=options.get("momentum", 0.9), nesterov=options.get("nesterov", False),
                           weight_decay=options.get("weightDecay", 1e-4))  # fmt: skip


def grad_scaler(device, enabled):
    """Keeps small float16 gradients from vanishing; its place depends on the version of torch."""
    if hasattr(torch.amp, "GradScaler"):
        return torch.amp.GradScaler(device.type, enabled=enabled)
    return torch.cuda.amp.GradScaler(enabled=enabled)


def learning_rate(schedule, epochs, at):
    """The rate at a time in epochs: a linear warm-up, then half a cosine, steps, or a constant."""
    lr, final, warmup = schedule["lr"], schedule.get("finalLr", 0.0), schedule.get("warmupEpochs", 0)
    start = schedule.get("warmupLr", lr / 100)

    def after(epoch):
        kind = schedule.get("kind", "cosine")
        if kind == "cosine":
            return final + (lr - final) * 0.5 * (1 + math.cos(math.pi * min(1, epoch / epochs)))
        if kind == "step":
            count = sum(epoch >= step for step in schedule.get("steps", []))
            rates = schedule.get("rates")
            return lr * (rates[count] if rates else schedule.get("factor", 0.1) ** count)
        return lr

    return start + (after(warmup) - start) * at / warmup if at < warmup else after(at)


def targets_of(labels, classes, loss, device):
    """A share for each class, [N, classes], smoothed."""
    smoothing = loss.get("labelSmoothing", 0.0)
    rest = smoothing / (2 if is_multi(loss) else classes)
    targets = torch.full((len(labels), classes), rest)
    for row, own in enumerate(labels):
        targets[row, own] = 1 - smoothing + rest
    return targets.to(device)


def is_multi(loss):
    return loss.get("kind") == "binary-cross-entropy"


def loss_of(logits, targets, loss):
    if is_multi(loss):
        return F.binary_cross_entropy_with_logits(logits, targets)
    return F.cross_entropy(logits, targets)


# The run ----------------------------------------------------------------------------------------


class Run:
    def __init__(self, arguments, processes):
        self.arguments, self.processes, self.device = arguments, processes, processes.device
        self.config = json.loads(arguments.config.read_text(encoding="utf-8"))
        self.recipe, self.data = self.config["train"], self.config["data"]
        self.loss = self.recipe.get("loss", {})
        self.classes = self.config["network"]["classes"]
        folder = arguments.config.resolve().parent
        self.output = arguments.output or folder / self.config["output"]
        root = arguments.videos or folder / self.data["root"]
        self.clips = found_clips(folder / self.data["train"], root, processes.say) if not arguments.evaluate else []
        self.test = found_clips(folder / self.data["test"], root, processes.say) if self.data.get("test") else []
        self.stop = Stop()
        self.shares()
        self.model = Network(self.config, self.device).to(self.device)
        self.network = self.model.network
        start = torch.load(folder / "weights.pth", map_location="cpu", weights_only=True)
        self.metadata = start["slowfast"]
        self.load(self.network, start["model_state"], "weights.pth")
        rates = self.config["network"].get("rates", {})
        self.optimizer = optimizer_of(self.network, self.recipe.get("optimizer", {}), rates)
        self.precision = self.chosen_precision()
        self.scaler = grad_scaler(self.device, self.precision is torch.float16)
        self.average = self.copied() if "ema" in self.recipe else None
        self.epoch = self.step = self.step_in_epoch = 0
        self.best, self.broken, self.saved_at = None, set(), time.monotonic()
        if arguments.resume:
            self.go_on()
        elif not arguments.evaluate and any(self.output.glob("checkpoint-*.pth")):
            raise SystemExit(f"{self.output}: expected a folder without checkpoints. Go on by --resume, or say --output.")
        self.trained = self.parallel()

    def shares(self):
        """How the clips of a step are shared: each process takes as many parts, one after the other."""
        whole = self.recipe["batch"] * self.recipe.get("accumulate", 1)
        count = self.processes.count
        if whole % count:
            raise SystemExit(
                f"{count} processes: expected a divisor of the {whole} clips of a step. "
                "Change train.batch in training.json."
            )
        own, part = whole // count, self.recipe["batch"] // self.recipe.get("shares", 1)
        self.part = min(part, own)
        if own % self.part:
            raise SystemExit(f"train.shares: expected parts that fill the {own} clips of a process, received {part}.")
        self.clips_of_step, self.parts = whole, own // self.part
        self.steps = max(1, len(self.clips) // whole)
        if self.clips and len(self.clips) < whole:
            raise SystemExit(f"train.batch: expected at most the {len(self.clips)} clips of the list, received {whole}.")

    def chosen_precision(self):
        name = self.arguments.amp
        if name == "auto":
            name = "bfloat16" if self.device.type == "cuda" and torch.cuda.is_bf16_supported() else "none"
        return {"none": None, "bfloat16": torch.bfloat16, "float16": torch.float16}[name]

    def parallel(self):
        model = torch.compile(self.model) if self.arguments.compile else self.model
        if self.processes.count == 1 or not any(p.requires_grad for p in model.parameters()):
            return model
        ids = [self.device.index] if self.device.type == "cuda" else None
        # The running statistics of processes are averaged instead; the option's name depends on the version.
        known = inspect.signature(DistributedDataParallel).parameters
        option = "forward_sync_buffers" if "forward_sync_buffers" in known else "broadcast_buffers"
        return DistributedDataParallel(model, device_ids=ids, **{option: False})

    def autocast(self):
        if self.precision is None:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, dtype=self.precision)

    def copied(self):
        return {name: value.detach().clone() for name, value in self.network.state_dict().items()}

    def load(self, network, state, name):
        try:
            network.load_state_dict(state)
        except RuntimeError as error:
            raise SystemExit(f"{name}: expected the weights of model.py. {error}") from error

    # Training

    def train(self):
        self.processes.say(
            f"{self.config['name']}: {len(self.clips)} clips, {self.recipe['epochs']} epochs of {self.steps} steps, "
            f"{self.processes.count} process(es) on {self.device.type}"
        )
        while self.epoch < self.recipe["epochs"]:
            self.train_epoch()
            self.epoch, self.step_in_epoch = self.epoch + 1, 0
            self.processes.average_(self.model.statistics())
            is_last = self.epoch == self.recipe["epochs"]
            every = self.config.get("evaluate", {}).get("every", 1)
            if self.test and not is_last and self.epoch % every == 0:
                views = self.config.get("evaluate", {})
                with self.settled():
                    found = self.evaluate((views.get("clips", 1), views.get("crops", 1)))
                    self.keep_best(found)
            self.save()
        with self.settled():
            found = self.evaluate(self.final_views()) if self.test else None
            self.write_weights("final.pth")
            self.keep_best(found)
            self.write_evaluation(found)

    def final_views(self):
        views = self.config["preprocessing"]["views"]
        return views["clips"], views["crops"]

    def loader(self):
        from clips import epoch_order

        order = epoch_order(len(self.clips), self.config["seed"], self.epoch)
        own = self.clips_of_step // self.processes.count
        first = self.processes.rank * own
        mine = [
            number
            for step in range(self.step_in_epoch, self.steps)
            for number in order[step * self.clips_of_step + first :][:own]
        ]
        clips = TrainingClips(self.clips, self.data, self.config["seed"], self.epoch, mine)
        return DataLoader(clips, self.part, collate_fn=collated, num_workers=self.workers(),
                          pin_memory=self.device.type == "cuda", worker_init_fn=quiet_worker)  # fmt: skip

    def workers(self):
        if self.arguments.workers is not None:
            return self.arguments.workers
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        local = int(os.environ.get("LOCAL_WORLD_SIZE", 1))
        return max(1, min(8, cores // local - 1))

    def train_epoch(self):
        self.trained.train()
        parts, sums, began = iter(self.loader()), [0.0, 0.0, 0.0], time.monotonic()
        while self.step_in_epoch < self.steps:
            at = self.epoch + self.step_in_epoch / self.steps
            rate = learning_rate(self.recipe["schedule"], self.recipe["epochs"], at)
            loss, hits, count = self.train_step(parts, rate)
            self.step, self.step_in_epoch = self.step + 1, self.step_in_epoch + 1
            due = self.processes.is_first and self.is_checkpoint_due()
            totals = self.processes.total([loss, hits, count, self.stop.signal, due])
            loss_sum, hits, count, stopping, due = totals
            loss = loss_sum / self.processes.count
            if not math.isfinite(loss):
                raise SystemExit(
                    f"step {self.step}: expected a finite loss, received {loss}. "
                    "Lower train.schedule.lr and --resume from the checkpoint before."
                )
            sums = [sums[0] + loss * count, sums[1] + hits, sums[2] + count]
            epoch = self.epoch + self.step_in_epoch / self.steps
            self.log(kind="step", step=self.step, epoch=epoch, loss=loss, accuracy=hits / count, learningRate=rate)
            if stopping or due:
                self.processes.average_(self.model.statistics())
                self.save()
            if stopping:
                self.processes.say(f"stopped after step {self.step}; go on by --resume")
                raise SystemExit(128 + (self.stop.signal or signal.SIGTERM))
        seconds = time.monotonic() - began
        loss, accuracy = sums[0] / sums[2], sums[1] / sums[2]
        self.log(kind="epoch", step=self.step, epoch=self.epoch + 1, loss=loss, accuracy=accuracy,
                 clipsPerSecond=sums[2] / seconds)  # fmt: skip
        self.processes.say(
            f"epoch {self.epoch + 1}: loss {loss:.4f}, accuracy {accuracy:.1%}, {sums[2] / seconds:.1f} clips/s"
        )

    def is_checkpoint_due(self):
        steps = self.config.get("checkpoint", {}).get("steps", "auto")
        if steps == "auto":
            return time.monotonic() - self.saved_at > CHECKPOINT_SECONDS
        return self.step % steps == 0

    def train_step(self, parts, rate):
        """One step of the optimiser: mean loss, right clips and all clips of this process."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["rate"]
        self.optimizer.zero_grad(set_to_none=True)
        total, hits = 0.0, 0
        for part in range(self.parts):
            clips, labels, broken = next(parts)
            self.report(broken)
            number = (self.step * self.processes.count + self.processes.rank) * self.parts + part
            # Dropout depends on the part alone, so that a run that was interrupted goes on as it would have.
            torch.manual_seed(self.config["seed"] * 1_000_003 + number)
            clips = clips.to(self.device, non_blocking=True)
            targets = targets_of(labels, self.classes, self.loss, self.device)
            if "mixup" in self.recipe:
                clips, targets = self.mixed(clips, targets, number)
            is_last = part == self.parts - 1
            with contextlib.nullcontext() if is_last or not hasattr(self.trained, "no_sync") else self.trained.no_sync():
                with self.autocast():
                    logits = self.trained(clips)
                loss = loss_of(logits.float(), targets, self.loss)
                self.scaler.scale(loss / self.parts).backward()
            total += loss.item() / self.parts
            best = logits.argmax(dim=1).tolist()
            hits += sum(label in own for label, own in zip(best, labels))
        if "clipGradients" in self.recipe:
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe["clipGradients"])
        if math.isfinite(total):
            self.scaler.step(self.optimizer)
            self.scaler.update()
            self.update_average()
        return total, hits, self.parts * self.part

    def mixed(self, clips, targets, number):
        from clips import beta_sample, keyed_random

        share = beta_sample(self.recipe["mixup"], keyed_random(self.config["seed"], number))
        return [share * value + (1 - share) * value.flip(0) for value in (clips, targets)]

    @torch.no_grad()
    def update_average(self):
        if self.average is None:
            return
        share = 1 - min(self.recipe["ema"], (2 + self.step) / (11 + self.step))
        for name, value in self.network.state_dict().items():
            if value.is_floating_point():
                self.average[name].lerp_(value, share)

    def report(self, broken):
        for text in broken:
            if text not in self.broken:
                self.broken.add(text)
                print(f"warning: left out: {text}", file=sys.stderr, flush=True)

    # Testing

    @contextlib.contextmanager
    def settled(self):
        """The weights as they are used later: averaged, with precise statistics; training goes on from those before."""
        before = self.copied()
        if self.average is not None:
            self.processes.average_([v for n, v in self.average.items() if "running_" in n])
            self.network.load_state_dict(self.average)
        if self.recipe.get("preciseBatchNorm", 0) > 0:
            self.precise_statistics(self.recipe["preciseBatchNorm"])
        try:
            yield
        finally:
            self.network.load_state_dict(before)

    @torch.no_grad()
    def precise_statistics(self, batches):
        """Means and variances of batch norms over many batches: the variances' mean, and that of the means."""
        self.model.train()
        modules = [module for module in norms(self.network).values() if module.training]
        sums = {module: [] for module in modules}

        def add(module, inputs):
            x = inputs[0].float().transpose(0, 1).flatten(1)
            sums[module].append(torch.stack([x.mean(1), x.var(1), x.mean(1) ** 2]))

        handles = [module.register_forward_pre_hook(add) for module in modules]
        step, self.step_in_epoch = self.step_in_epoch, 0
        wanted = max(1, math.ceil(batches / self.processes.count))
        for (clips, _, broken), _ in zip(self.loader(), range(wanted)):
            self.report(broken)
            self.model(clips.to(self.device))
        self.step_in_epoch = step
        for handle in handles:
            handle.remove()
        for module in modules:
            means = torch.stack(sums[module]).mean(0)
            self.processes.average_([means])
            module.running_mean.copy_(means[0])
            module.running_var.copy_(means[1] + (means[2] - means[0] ** 2).clamp(min=0))

    @torch.no_grad()
    def evaluate(self, views):
        """Scores of the test videos with so many clips and crops, and how often they are right."""
        self.model.eval()
        mine = self.test[self.processes.rank :: self.processes.count]
        preprocessing = self.config["preprocessing"]
        clips = DataLoader(TestClips(mine, preprocessing, views), None, num_workers=self.workers(),
                           worker_init_fn=quiet_worker)  # fmt: skip
        combined, bad = {}, set()
        for video, crops, broken in clips:
            if broken:
                self.report([broken])
                bad.add(video)
                continue
            with self.autocast():
                outputs = self.model(crops.to(self.device)).float()
            scores = activated(outputs, preprocessing["activation"]).double()
            combined.setdefault(video, []).append(scores.cpu())
        scored = []
        for video, scores in combined.items():
            if video in bad:
                continue
            views_of_video = torch.cat(scores)
            most = views_of_video.amax(0) if preprocessing["views"]["combine"] == "max" else views_of_video.mean(0)
            path, labels = mine[video]
            scored.append({"path": path, "labels": labels, "scores": most.tolist()})
        scored = sorted(self.processes.gathered(scored), key=lambda video: video["path"])
        if not scored:
            raise SystemExit("expected test videos that can be used, received none.")
        metrics = metrics_of(scored, is_multi(self.loss))
        text = ", ".join(f"{name} {value:.4g}" for name, value in metrics.items())
        self.processes.say(f"test of {len(scored)} videos, {views[0]}x{views[1]} views: {text}")
        self.log(kind="evaluation", step=self.step, epoch=self.epoch, metrics=metrics)
        return {"views": f"{views[0]}x{views[1]}", "metrics": metrics, "videos": scored}

    def keep_best(self, found):
        if found is None:
            return
        value = found["metrics"]["mAP" if is_multi(self.loss) else "top1"]
        if self.best is None or value > self.best:
            self.best = value
            self.write_weights("best.pth")

    # Files

    def write_weights(self, name):
        self.write(name, {"model_state": self.network.state_dict(), "slowfast": self.metadata, "epoch": self.epoch})

    def write_evaluation(self, found):
        if found and self.processes.is_first:
            (self.output / "evaluation.json").write_text(json.dumps(found) + "\n", encoding="utf-8")

    def write(self, name, value):
        """A file is there whole or not at all."""
        if not self.processes.is_first:
            return
        self.output.mkdir(parents=True, exist_ok=True)
        partial = self.output / f"{name}.partial"
        torch.save(value, partial)
        partial.replace(self.output / name)

    def save(self):
        self.saved_at = time.monotonic()
        name = f"checkpoint-{self.step:08d}.pth"
        self.write(name, {
            "model_state": self.network.state_dict(), "slowfast": self.metadata, "epoch": self.epoch,
            "step": self.step, "step_in_epoch": self.step_in_epoch, "steps": self.steps, "best": self.best,
            "optimizer_state": self.optimizer.state_dict(), "scaler_state": self.scaler.state_dict(),
            "ema_state": self.average,
        })  # fmt: skip
        if self.processes.is_first:
            kept = self.config.get("checkpoint", {}).get("keep", 2)
            for old in sorted(self.output.glob("checkpoint-*.pth"))[:-kept]:
                old.unlink()

    def go_on(self):
        found = sorted(self.output.glob("checkpoint-*.pth"))
        if not found:
            return
        # This run's own file. Before torch 2 the reader of weights alone does not know numbers.
        is_new = int(torch.__version__.split(".")[0]) >= 2
        saved = torch.load(found[-1], map_location=self.device, weights_only=is_new)
        if saved["steps"] != self.steps:
            raise SystemExit(f"{found[-1]}: expected {self.steps} steps an epoch, received {saved['steps']}.")
        self.load(self.network, saved["model_state"], found[-1])
        self.optimizer.load_state_dict(saved["optimizer_state"])
        self.scaler.load_state_dict(saved["scaler_state"])
        self.average = saved["ema_state"]
        self.epoch, self.step, self.step_in_epoch = saved["epoch"], saved["step"], saved["step_in_epoch"]
        self.best = saved["best"]
        self.processes.say(f"going on from {found[-1].name}, epoch {self.epoch}")

    def log(self, **record):
        if not self.processes.is_first:
            return
        self.output.mkdir(parents=True, exist_ok=True)
        with open(self.output / "metrics.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")


def activated(outputs, activation):
    if activation == "none":
        return outputs
    return outputs.softmax(dim=1) if activation == "softmax" else outputs.sigmoid()


def metrics_of(videos, multi):
    """Top-1 and top-5, or the mean of each class' average precision."""
    if multi:
        return {"mAP": mean_average_precision(videos)}
    ranks = []
    for video in videos:
        own = video["scores"][video["labels"][0]]
        ranks.append(sum(score > own for score in video["scores"]))
    metrics = {"top1": sum(rank < 1 for rank in ranks) / len(ranks)}
    if len(videos[0]["scores"]) > 5:
        metrics["top5"] = sum(rank < 5 for rank in ranks) / len(ranks)
    return metrics


def mean_average_precision(videos):
    found = []
    for label in range(len(videos[0]["scores"])):
        ranked = sorted(videos, key=lambda video: -video["scores"][label])
        hits, precisions = 0, []
        for place, video in enumerate(ranked, 1):
            if label in video["labels"]:
                hits += 1
                precisions.append(hits / place)
        if precisions:
            found.append(sum(precisions) / len(precisions))
    return sum(found) / max(len(found), 1)


def quiet_worker(_worker):
    """Signals are for the process that trains."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)


def main():
    arguments = parse_arguments()
    sys.path.insert(0, str(HERE))
    try:
        import clips  # noqa: F401
    except ImportError as error:
        raise SystemExit(f"expected {error.name}, received a Python without it. Run: pip install av numpy") from error
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    processes = Processes()
    random.seed(processes.rank)
    try:
        run = Run(arguments, processes)
        if arguments.evaluate:
            saved = torch.load(arguments.evaluate, map_location="cpu", weights_only=True)
            run.load(run.network, saved["model_state"], arguments.evaluate)
            run.output.mkdir(parents=True, exist_ok=True)
            run.write_evaluation(run.evaluate(run.final_views()))
        else:
            run.train()
            processes.say(f"written: {run.output}; back: slowfast convert {run.output / 'final.pth'} -o final.safetensors")
    finally:
        processes.close()


if __name__ == "__main__":
    main()
