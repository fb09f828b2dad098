"""What is measured, a function each: ratios of medians of what was done in turns, so that load meets all alike."""

import json
import random
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import peers, pictures
from benchmarks.peers import BENCH, Peer
from benchmarks.s3 import bucket_of_files
from benchmarks.ssim import ssim
from benchmarks.throughput import rates
from pipeline.lib.paths import LAYER
from pipeline.lib.terminal import out
from tests.integration.stacks import running

ROUNDS = 4
COLD_STARTS = 9
PLAIN_LAYER = 7_144_542  # bytes of Pillow 13.0.0's wheel for x86_64, which a plain layer is


@dataclass(frozen=True)
class Figure:
    """One line of the table; `goal` is the most that is wanted."""

    measure: str
    against: str
    value: float
    goal: float
    detail: str = ""

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "reached": self.value <= self.goal}


def speed(names: Sequence[str]) -> Iterator[Figure]:
    """All variants, by the wall clock: of the photograph, and of the others one after the other."""
    photo, *others = pictures.everything(BENCH / "pictures")
    for cores in peers.cores():
        with peers.started(list(names), cores) as running:
            for title, files, goals in (
                ("12 MP photo", [photo], {"naive": 0.08, "sharp": 0.5}),
                ("photos and graphics", others, {"naive": 0.25, "sharp": 0.7}),
            ):
                taken = _in_turns(running, files)
                for peer, goal in goals.items():
                    if peer in taken:
                        detail = f"{taken['ours'][0]:.2f} s, {taken[peer][0]:.2f} s"
                        ratio = taken["ours"][0] / taken[peer][0]
                        yield Figure(f"time, {title}, {cores} core{'s'[: cores - 1]}", peer, ratio, goal, detail)


def _in_turns(running: dict[str, Peer], files: list[Path]) -> dict[str, tuple[float, float]]:
    """Of each peer the seconds by the wall and the processor for FILES: the sums of the medians, after one round."""
    totals = dict.fromkeys(running, (0.0, 0.0))
    for file in files:
        rounds = [{name: peer.make(file) for name, peer in running.items()} for _ in range(ROUNDS)][1:]
        for name, (wall, processor) in totals.items():
            walls, processors = ([each[name][clock] for each in rounds] for clock in ("wall", "cpu"))
            totals[name] = wall + median(walls), processor + median(processors)
    return totals


def png(names: Sequence[str]) -> Iterator[Figure]:
    """The PNG of each picture alone, against what Pillow does by default."""
    if "naive" not in names:
        return
    photos, graphics = pictures.photographs(BENCH / "pictures"), pictures.graphics(BENCH / "pictures")
    with peers.started(list(peers.PNG_COMMANDS), 1, peers.PNG_COMMANDS) as running:
        for files, time_goal, bytes_goal in ((photos, 1 / 6, 1.03), (graphics, 1 / 2, 1.02)):
            for file in files:
                rounds = [{name: peer.make(file) for name, peer in running.items()} for _ in range(2 * ROUNDS)][1:]
                mine, theirs = (median(each[name]["cpu"] for each in rounds) for name in running)
                sizes = {name: rounds[0][name]["bytes"]["png"] for name in running}
                detail = f"{1000 * mine:.0f} ms, {1000 * theirs:.0f} ms"
                yield Figure(f"PNG's time, {file.stem}", "Pillow's default", mine / theirs, time_goal, detail)
                ratio = sizes["ours"] / sizes["default"]
                yield Figure(f"PNG's bytes, {file.stem}", "Pillow's default", ratio, bytes_goal, f"{sizes['ours']:,}")


def sameness(names: Sequence[str]) -> Iterator[Figure]:
    """Bytes and likeness to the source of each variant but the thumbnail, against sharp's; the worst is told."""
    if "sharp" not in names:
        return
    photo, *others = pictures.everything(BENCH / "pictures")
    with peers.started(["ours", "sharp"], 1) as running:
        compared = [each for file in (photo, *others) for each in _compared(running, file)]
    for title, few in (("12 MP photo", compared[:5]), ("photos and graphics", compared[5:])):
        bytes_ratio, what = max((ratio, name) for name, ratio, _ in few)
        yield Figure(f"bytes, {title}, the worst", "sharp", bytes_ratio, 1.04, what)
        loss, what = max((loss, name) for name, _, loss in few)
        yield Figure(f"SSIM lost, {title}, the worst", "sharp", loss, 0.0005, what)


def _compared(running: dict[str, Peer], file: Path) -> Iterator[tuple[str, float, float]]:
    """Name, ratio of bytes and difference of SSIM of each variant of FILE."""
    made = {}
    for name, peer in running.items():
        out = BENCH / "out" / name
        out.mkdir(parents=True, exist_ok=True)
        made[name] = peer.make(file, out)["bytes"]
    for variant, size in made["ours"].items():
        loss = 0.0
        if variant != "thumbnail":
            mine, theirs = (ssim(file, BENCH / "out" / name / variant) for name in ("ours", "sharp"))
            loss = theirs - mine
        yield f"{file.stem} {variant}", size / made["sharp"][variant], loss


def memory(names: Sequence[str]) -> Iterator[Figure]:
    """The most memory above the idle process: when the photograph is made first, and after ROUNDS times."""
    photo = pictures.phone(BENCH / "pictures")
    with peers.started([name for name in names if name != "naive"], peers.cores()[-1]) as running:
        above = {name: [peer.make(photo)["peak"] - peer.idle for _ in range(ROUNDS)] for name, peer in running.items()}
    if "sharp" in above:
        for title, which in (("the first time", 0), (f"after {ROUNDS} times", -1)):
            mine, theirs = above["ours"][which], above["sharp"][which]
            yield Figure(
                f"memory, 12 MP photo, {title}", "sharp", mine / theirs, 0.35, f"{mine:.0f} MB, {theirs:.0f} MB"
            )


def growth(_names: Sequence[str]) -> Iterator[Figure]:
    """Time and memory a megapixel, against those of 12 megapixels; on one core."""
    times, peaks = {}, {}
    for pixels, file in pictures.sized(BENCH / "pictures").items():
        with peers.started(["ours"], 1) as running:
            answers = [running["ours"].make(file) for _ in range(3)]
            times[pixels] = min(each["cpu"] for each in answers)
            peaks[pixels] = answers[-1]["peak"] - running["ours"].idle
    for title, unit, grown in (("time", "s", times), ("memory", "MB", peaks)):
        for pixels in sorted(grown.keys() - {12}):
            ratio = grown[pixels] / pixels / (grown[12] / 12)
            yield Figure(f"{title} a megapixel, {pixels} MP", "12 MP", ratio, 1.1, f"{grown[pixels]:.2f} {unit}")
    yield Figure("memory of 48 MP, of 1024 MB", "limit", (peaks[48] + 60) / 1024, 1.0, f"{peaks[48] + 60:.0f} MB")


def cold(names: Sequence[str]) -> Iterator[Figure]:
    """From the import of the function's module to ready, and from there to the first response."""
    if "naive" not in names:
        return
    small = pictures.small(BENCH / "pictures")
    with bucket_of_files(small.parent) as endpoint:
        for processors in ("0.58", "1"):
            rounds = [
                {name: _cold_start(name, processors, small, endpoint) for name in ("ours", "naive")}
                for _ in range(COLD_STARTS)
            ]
            for clock, title, goal in (("ready", "import to ready", 0.75), ("first", "first response", 0.5)):
                mine, theirs = (median(each[name][clock] for each in rounds) for name in ("ours", "naive"))
                detail = f"{1000 * mine:.0f} ms, {1000 * theirs:.0f} ms"
                yield Figure(f"{title}, {processors} CPU", "naive", mine / theirs, goal, detail)


def _cold_start(name: str, processors: str, file: Path, endpoint: str) -> dict[str, float]:
    described = {"key": file.name, "eTag": f"{random.getrandbits(64):x}", "size": file.stat().st_size}
    event = {"Records": [{"s3": {"bucket": {"name": "upload"}, "object": described}}]}
    environment = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "PROCESSED_BUCKET": "processed",
    }
    options = [word for pair in environment.items() for word in ("--env", "=".join(pair))]
    site = BENCH / ("layer" if name == "ours" else "naive")
    command = peers.in_lambda("cold.py", name, json.dumps(event), site=site, options=("--cpus", processors, *options))
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    measured: dict[str, float] = json.loads(printed.splitlines()[-1])
    return measured


def throughput(_names: Sequence[str]) -> Iterator[Figure]:
    """Uploads a second of a small image on the local stacks, warm, as the inverse of the ratio of rates."""
    small = pictures.small(BENCH / "pictures")
    for stack in ("embedded", "localstack"):
        with TemporaryDirectory() as directory, running(stack, Path(directory)) as (_, deployment):
            try:
                found = rates(deployment, small, peers.CHILDREN / "naive.py", rounds=1)
            except TimeoutError as error:
                out.print(f"no rate on {stack}: {error}", markup=False)
                continue
            detail = f"{found['ours']:.1f} a second, {found['naive']:.1f}"
            yield Figure(f"time an upload, warm, {stack}", "naive", found["naive"] / found["ours"], 1.0, detail)


def layer(_names: Sequence[str]) -> Iterator[Figure]:
    """The zipped layer."""
    size = LAYER.stat().st_size
    yield Figure("layer, zipped", "plain wheel", size / PLAIN_LAYER, 0.65, f"{size:,} bytes, {PLAIN_LAYER:,}")


MEASURES = (layer, speed, png, sameness, memory, growth, cold, throughput)
