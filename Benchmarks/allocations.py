#!/usr/bin/env python3
"""What a body allocates, counted by valgrind (dhat) from socket to socket: one buffer may be as large as the body, and nothing else may grow with it.

    Benchmarks/allocations.py check     exit code 1 if anything else does

Each place of ours that allocates is looked at with a review of 300 KiB and with one of 3 MiB: the size of its blocks, not their number, for the
pieces in which a body comes are taken and given back one after another. The difference between N requests and 2N leaves out the start."""

import json
import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass

from footprint import write_review
from pathcounts import asked, stripped
from processes import Failed
from table import alone

SIZES = {"300 KiB": 300 << 10, "3 MiB": 3 << 20}
PROTOCOLS = {"HTTP/1.1": ["--h1", "-c", "1"], "HTTP/2": ["-c", "1", "-m", "1"]}
COUNT = 4
# Blocks below this are pieces, whatever they grow by: what one read of the socket brings (64 KiB), doubled as arrays grow.
PIECE = 160 << 10
# By how much blocks grow that do not grow with the body, which grows tenfold.
BORNE = 1.5


@dataclass(frozen=True)
class Blocks:
    bytes: float = 0
    number: float = 0

    @property
    def each(self):
        return self.bytes / self.number if self.number else 0

    def __add__(self, other):
        return Blocks(self.bytes + other.bytes, self.number + other.number)


def place(frames):
    """The innermost function of this program on a stack; a library's own name where there is none."""
    for frame in frames:
        found = re.search(r"\$s\d+(Wire|KubeModel|Ownership|TLSEngine|HTTP2Engine|LinuxIO|Serving|Telemetry|Product)\w*", frame)
        if found:
            return found.group(0)
    for frame in frames:
        found = re.search(r"lib(ssl|crypto|nghttp2)", frame)
        if found:
            return found.group(0)
    return "elsewhere"


def blocks(profile):
    """By place, of a whole run, from dhat's file."""
    places = {}
    for point in profile["pps"]:
        where = place([profile["ftbl"][index] for index in point["fs"]])
        places[where] = places.get(where, Blocks()) + Blocks(point["tb"], point["tbk"])
    return places


def per_request(once, twice, times):
    """By place; what the start allocated, or chance, is in both and falls out."""
    found = {}
    for where, later in twice.items():
        before = once.get(where, Blocks())
        if later.number > before.number:
            found[where] = Blocks((later.bytes - before.bytes) / times, (later.number - before.number) / times)
    return found


def growing(small, large):
    """The places whose blocks grow with the body, the greatest blocks first."""
    grown = [where for where, found in large.items()
             if found.each > PIECE and found.each > BORNE * small.get(where, Blocks()).each]
    return sorted(grown, key=lambda where: -large[where].each)


def measured(program, folder, flags, size):
    body = os.path.join(folder, "body")
    write_review(body, size)
    runs = []
    for times in (COUNT, 2 * COUNT):
        out = os.path.join(folder, "dhat")
        asked(["--tool=dhat", f"--dhat-out-file={out}", "--num-callers=16"], program, flags, times, body)
        with open(out) as file:
            runs.append(blocks(json.load(file)))
    return per_request(*runs, COUNT)


def looked_at():
    """For each protocol: what a review of each size allocates, by place."""
    with stripped() as program, tempfile.TemporaryDirectory() as folder:
        return {protocol: {name: measured(program, folder, flags, size) for name, size in SIZES.items()}
                for protocol, flags in PROTOCOLS.items()}


def allocations(bench):
    """What of a body's allocations grows with it, by valgrind: one buffer."""
    for protocol, found in looked_at().items():
        small, large = found["300 KiB"], found["3 MiB"]
        yield alone(f"{protocol}, 3 MiB beside 300 KiB: places whose blocks grow with the body", len(growing(small, large)), "", 1)
        yield alone(f"{protocol}, 3 MiB: blocks taken, pieces of TLS and HTTP among them", round(sum(each.number for each in large.values())), "")


def wrong(protocol, small, large):
    """Sentences. None growing is wrong too: then the body's own buffer was not seen, and nothing else would be."""
    grown = growing(small, large)
    if not grown:
        return [f"{protocol}: not even the body's buffer is seen to grow: the count sees nothing"]
    if len(grown) == 1:
        return []
    return [f"{protocol}: {len(grown)} places' blocks grow with the body, one may: {large[where].each:,.0f} bytes in {where}, "
            f"{small.get(where, Blocks()).each:,.0f} with a tenth of the body" for where in grown]


def check():
    if not shutil.which("valgrind"):
        print("allocations: not checked: no valgrind on this machine")
        return 0
    try:
        found = looked_at()
    except Failed as error:
        print(f"allocations: {error}")
        return 1
    sentences = [sentence for protocol, sizes in found.items() for sentence in wrong(protocol, sizes["300 KiB"], sizes["3 MiB"])]
    for sentence in sentences:
        print(f"allocations: {sentence}")
    if not sentences:
        print("allocations: of a body of 3 MiB one buffer grows with it, over HTTP/1.1 and HTTP/2")
    return 1 if sentences else 0


ROWS = {"allocations": allocations}

if __name__ == "__main__":
    if sys.argv[1:] != ["check"]:
        sys.exit(__doc__)
    sys.exit(check())
