"""Whether a process stays as it is: its private memory, RSS and descriptors over time."""

import os
import time

from processes import Failed, memory
from table import median, slope

# What growth is still none, over the whole judged time: a few pages that an allocator took late. Before the warm-up is over that takes, tables
# and pools still find their size; what leaks with every request shows all the same.
GROWTH_MAX, GROWTH_EARLY_MAX, GROWTH_SHARE_MAX, DESCRIPTORS_MAX = 512e3, 3e6, 0.03, 4
WARM = 660  # seconds: by then what is remembered for ten minutes (series of Events) has all come


class Samples:
    """Of several processes, by name; of some of them nothing is demanded."""

    def __init__(self, pids, only_shown=()):
        self.pids, self.only_shown = pids, only_shown
        self.taken = {name: [] for name in pids}
        self.rest = ""

    def take(self, at):
        for name, pid in self.pids.items():
            try:
                self.taken[name].append((at, memory(pid, "RssAnon"), memory(pid, "VmRSS"), descriptors(pid)))
            except FileNotFoundError:
                raise Failed(f"{name} (process {pid}) is gone") from None

    def troubles(self, begin_at):
        return [text for name in self.taken if name not in self.only_shown for text in judge(name, self.taken[name], begin_at)]

    def settle(self, name, troubles):
        """Once all clients are gone only what was there before them may be open."""
        least = min(sample[3] for sample in self.taken[name])
        deadline = time.monotonic() + 30
        while (now := descriptors(self.pids[name])) > least + DESCRIPTORS_MAX and time.monotonic() < deadline:
            time.sleep(0.2)
        self.rest = f"{name}: {now} descriptors after its clients have gone"
        if now > least + DESCRIPTORS_MAX:
            troubles.append(f"{self.rest}, {least} at the least before")

    def text(self):
        lines = []
        for name, samples in self.taken.items():
            thirds = [samples[len(samples) * part // 3:len(samples) * (part + 1) // 3] for part in range(3)]
            cells = [" / ".join(f"{median([sample[column] for sample in third]) / unit:.{digits}f}" for third in thirds)
                     for column, unit, digits in ((1, 1e6, 2), (2, 1e6, 1), (3, 1, 0))]
            lines.append(f"{name}: private {cells[0]} MB, RSS {cells[1]} MB, descriptors {cells[2]} (medians of thirds)")
        return "\n".join([*lines, self.rest])


def judge(name, samples, begin_at):
    """By the trend after the warm-up, not by two samples."""
    samples = [sample for sample in samples if sample[0] >= begin_at]
    if len(samples) < 10:
        return [f"{name}: {len(samples)} samples after the warm-up: too few to tell"]
    seconds = samples[-1][0] - samples[0][0]
    troubles = []
    for column, what in ((1, "private memory"), (2, "RSS")):
        growth = slope([(sample[0], sample[column]) for sample in samples]) * seconds
        most = max(GROWTH_EARLY_MAX if begin_at < WARM else GROWTH_MAX, GROWTH_SHARE_MAX * median([sample[column] for sample in samples]))
        if growth > most:
            troubles.append(f"{name}: {what} grew by {growth / 1e6:.2f} MB in {seconds:.0f} s; {most / 1e6:.2f} are allowed")
    growth = slope([(sample[0], sample[3]) for sample in samples]) * seconds
    if growth > DESCRIPTORS_MAX:
        troubles.append(f"{name}: {growth:.0f} more descriptors after {seconds:.0f} s")
    return troubles


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))
