"""The measures, one function each. Peers take turns, so other load on the machine affects all of them equally."""

import json
import random
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import peers, pictures
from benchmarks.peers import BENCH, Peer
from benchmarks.s3 import serve_bucket
from benchmarks.ssim import ssim
from benchmarks.throughput import rates
from pipeline.lib.paths import LAYER
from pipeline.lib.terminal import out
from tests.integration.stacks import running

ROUNDS = 4
COLD_STARTS = 9
PLAIN_LAYER = 7_144_542  # bytes of Pillow 13.0.0's unmodified wheel for x86_64, zipped
BASE_MEMORY = 60  # MB that the function needs before the first picture
MEMORY_SIZE = 1024  # MB, the default of terraform/variables.tf

Measure = Callable[[Sequence[str]], Iterator["Figure"]]


@dataclass(frozen=True)
class Figure:
    """One row of the table: our figure divided by the peer's. `target` is the ratio it should not exceed."""

    measure: str
    peer: str
    ratio: float
    target: float
    detail: str = ""

    @property
    def reached(self) -> bool:
        return self.ratio <= self.target

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "reached": self.reached}


def speed(names: Sequence[str]) -> Iterator[Figure]:
    """Measure the time for all variants: of the photo, and of the other pictures together."""
    photo, *others = pictures.everything(BENCH / "pictures")
    for cores in peers.cores():
        with peers.start(names, cores) as running:
            for title, files, targets in (
                ("12 MP photo", [photo], {"tutorial": 0.08, "sharp": 0.5}),
                ("photos and graphics", others, {"tutorial": 0.25, "sharp": 0.7}),
            ):
                seconds = _seconds_in_turns(running, files)
                for peer, target in targets.items():
                    if peer in seconds:
                        detail = f"{seconds['ours']:.2f} s, {seconds[peer]:.2f} s"
                        ratio = seconds["ours"] / seconds[peer]
                        yield Figure(f"time, {title}, {cores} core{'s'[: cores - 1]}", peer, ratio, target, detail)


def _seconds_in_turns(running: Mapping[str, Peer], files: Sequence[Path]) -> dict[str, float]:
    """Return the wall-clock seconds of each peer: the sum of the medians of `files`, without the first round."""
    totals = dict.fromkeys(running, 0.0)
    for file in files:
        rounds = [{name: peer.make(file)["wall"] for name, peer in running.items()} for _ in range(ROUNDS)][1:]
        for name in totals:
            totals[name] += median(each[name] for each in rounds)
    return totals


def png(names: Sequence[str]) -> Iterator[Figure]:
    """Measure the PNG variant of each picture against Pillow's default."""
    if "tutorial" not in names:
        return
    photos, graphics = pictures.photos(BENCH / "pictures"), pictures.graphics(BENCH / "pictures")
    with peers.start(list(peers.PNG_COMMANDS), 1, peers.PNG_COMMANDS) as running:
        for files, time_target, bytes_target in ((photos, 1 / 6, 1.03), (graphics, 1 / 2, 1.02)):
            for file in files:
                rounds = [{name: peer.make(file) for name, peer in running.items()} for _ in range(2 * ROUNDS)][1:]
                mine, theirs = (median(each[name]["cpu"] for each in rounds) for name in running)
                sizes = {name: rounds[0][name]["bytes"]["png"] for name in running}
                detail = f"{1000 * mine:.0f} ms, {1000 * theirs:.0f} ms"
                yield Figure(f"PNG time, {file.stem}", "Pillow's default", mine / theirs, time_target, detail)
                ratio = sizes["ours"] / sizes["default"]
                yield Figure(f"PNG bytes, {file.stem}", "Pillow's default", ratio, bytes_target, f"{sizes['ours']:,}")


def similarity(names: Sequence[str]) -> Iterator[Figure]:
    """Compare bytes and SSIM of the variants with sharp's, and report the worst of each."""
    if "sharp" not in names:
        return
    photo, *others = pictures.everything(BENCH / "pictures")
    with peers.start(["ours", "sharp"], 1) as running:
        for title, files in (("12 MP photo", [photo]), ("photos and graphics", others)):
            compared = [each for file in files for each in _compare(running, file)]
            bytes_ratio, name = max((ratio, name) for name, ratio, _ in compared)
            yield Figure(f"bytes, {title}, worst variant", "sharp", bytes_ratio, 1.04, name)
            loss, name = max((loss, name) for name, _, loss in compared)
            yield Figure(f"SSIM lost, {title}, worst variant", "sharp", loss, 0.0005, name)


def _compare(running: Mapping[str, Peer], file: Path) -> Iterator[tuple[str, float, float]]:
    """Yield for each variant of `file` its name, the ratio of bytes, and how much SSIM it loses against sharp."""
    sizes = {}
    for name, peer in running.items():
        directory = BENCH / "out" / name
        directory.mkdir(parents=True, exist_ok=True)
        sizes[name] = peer.make(file, directory)["bytes"]
    for variant, size in sizes["ours"].items():
        loss = 0.0
        if variant != "thumbnail":
            mine, theirs = (ssim(file, BENCH / "out" / name / variant) for name in ("ours", "sharp"))
            loss = theirs - mine
        yield f"{file.stem} {variant}", size / sizes["sharp"][variant], loss


def memory(names: Sequence[str]) -> Iterator[Figure]:
    """Measure the peak memory above the idle process for the photo: the first time, and after ROUNDS times."""
    photo = pictures.phone(BENCH / "pictures")
    with peers.start([name for name in names if name != "tutorial"], peers.cores()[-1]) as running:
        peaks = {name: [peer.make(photo)["peak"] - peer.idle for _ in range(ROUNDS)] for name, peer in running.items()}
    if "sharp" in peaks:
        for title, index in (("first time", 0), (f"after {ROUNDS} times", -1)):
            mine, theirs = peaks["ours"][index], peaks["sharp"][index]
            detail = f"{mine:.0f} MB, {theirs:.0f} MB"
            yield Figure(f"memory, 12 MP photo, {title}", "sharp", mine / theirs, 0.35, detail)


def growth(_names: Sequence[str]) -> Iterator[Figure]:
    """Measure how time and memory per megapixel change with the size of the picture, on one core."""
    seconds, peaks = {}, {}
    for megapixels, file in pictures.by_size(BENCH / "pictures").items():
        with peers.start(["ours"], 1) as running:
            answers = [running["ours"].make(file) for _ in range(3)]
            seconds[megapixels] = min(each["cpu"] for each in answers)
            peaks[megapixels] = answers[-1]["peak"] - running["ours"].idle
    for title, unit, values in (("time", "s", seconds), ("memory", "MB", peaks)):
        for megapixels in sorted(values.keys() - {12}):
            ratio = values[megapixels] / megapixels / (values[12] / 12)
            detail = f"{values[megapixels]:.2f} {unit}"
            yield Figure(f"{title} per megapixel, {megapixels} MP", "12 MP", ratio, 1.1, detail)
    total = peaks[48] + BASE_MEMORY
    yield Figure("memory of a 48 MP photo", f"{MEMORY_SIZE} MB", total / MEMORY_SIZE, 1.0, f"{total:.0f} MB")


def cold(names: Sequence[str]) -> Iterator[Figure]:
    """Measure cold starts: from importing the function to ready, and from there to the first response."""
    if "tutorial" not in names:
        return
    small = pictures.small(BENCH / "pictures")
    with serve_bucket(small.parent) as endpoint:
        for processors in ("0.58", "1"):
            rounds = [
                {name: _start_cold(name, processors, small, endpoint) for name in ("ours", "tutorial")}
                for _ in range(COLD_STARTS)
            ]
            for clock, title, target in (("ready", "import to ready", 0.75), ("first", "first response", 0.5)):
                mine, theirs = (median(each[name][clock] for each in rounds) for name in ("ours", "tutorial"))
                detail = f"{1000 * mine:.0f} ms, {1000 * theirs:.0f} ms"
                yield Figure(f"{title}, {processors} CPU", "tutorial", mine / theirs, target, detail)


def _start_cold(name: str, processors: str, file: Path, endpoint: str) -> dict[str, float]:
    """Run the function `name` once in a new container with so many `processors`; return its seconds by clock."""
    uploaded = {"key": file.name, "eTag": f"{random.getrandbits(64):x}", "size": file.stat().st_size}
    event = {"Records": [{"s3": {"bucket": {"name": "upload"}, "object": uploaded}}]}
    environment = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "PROCESSED_BUCKET": "processed",
    }
    options = [word for pair in environment.items() for word in ("--env", "=".join(pair))]
    site = BENCH / ("layer" if name == "ours" else "tutorial")
    command = peers.in_lambda("cold.py", name, json.dumps(event), site=site, options=("--cpus", processors, *options))
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    measured: dict[str, float] = json.loads(printed.splitlines()[-1])
    return measured


def throughput(_names: Sequence[str]) -> Iterator[Figure]:
    """Measure how many small images each local stack processes in a second, warm."""
    small = pictures.small(BENCH / "pictures")
    for stack in ("embedded", "localstack"):
        with TemporaryDirectory() as directory, running(stack, Path(directory)) as (_, deployment):
            try:
                found = rates(deployment, small, peers.CHILDREN / "tutorial.py", rounds=1)
            except TimeoutError as error:
                out.print(f"no rate on {stack}: {error}", markup=False)
                continue
            ratio = found["tutorial"] / found["ours"]
            detail = f"{found['ours']:.1f} per second, {found['tutorial']:.1f}"
            yield Figure(f"time per upload, warm, {stack}", "tutorial", ratio, 1.0, detail)


def layer(_names: Sequence[str]) -> Iterator[Figure]:
    """Compare the zipped layer with Pillow's unmodified wheel."""
    size = LAYER.stat().st_size
    yield Figure("layer, zipped", "plain wheel", size / PLAIN_LAYER, 0.85, f"{size:,} bytes, {PLAIN_LAYER:,}")


MEASURES: dict[str, Measure] = {
    measure.__name__: measure for measure in (layer, speed, png, similarity, memory, growth, cold, throughput)
}
