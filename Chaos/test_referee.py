"""Hand-made witnesses: if one of these fails, a run that broke a promise could pass."""

import contextlib
import io
import json
import os
import re
import tempfile
import threading
import unittest

import history
import referee
import timeline


def start(time, epoch, transitions, pod, company="alone", attempt=1):
    return f"start {time} {epoch} {transitions} {attempt} {pod} seat {company}"


def end(time, epoch, transitions, pod, word="end", attempt=1):
    return f"{word} {time} {epoch} {transitions} {attempt} {pod} seat"


def change(owner, epoch, fence="", event="MODIFIED", uid="t"):
    return [0, "task", event, uid, "name", owner, epoch, fence, "Running", 1]


GOOD = [start(1, 0, 1, "a"), end(2, 0, 1, "a", "stopped"), start(3, 0, 2, "b"), end(4, 0, 2, "b")]


class RunFolder(tempfile.TemporaryDirectory):
    def __init__(self, witness, phase="Succeeded", changes=(), faults=()):
        super().__init__()
        os.mkdir(self.path("witness"))
        self.write("witness/t", [*witness])
        self.write("created.jsonl", [json.dumps([0.5, "t", "name"])])
        self.write("final.json", [json.dumps({} if phase is None else {"t": phase})])
        self.write("changes.jsonl", [json.dumps(line) for line in changes])
        self.write("faults.jsonl", [json.dumps(line) for line in faults])

    def path(self, name):
        return os.path.join(self.name, name)

    def write(self, name, lines):
        with open(self.path(name), "w") as file:
            file.writelines(line + "\n" for line in lines)


def report(folder):
    """(exit code, what was printed)"""
    with contextlib.redirect_stdout(io.StringIO()) as said:
        code = referee.report(folder, referee.judge(folder))
    return code, said.getvalue()


class RefereeTests(unittest.TestCase):
    def rules(self, witness, phase="Succeeded", changes=()):
        with RunFolder(witness, phase, changes) as folder:
            return sorted({fault["rule"] for fault in referee.judge(folder).faults})

    def test_a_task_that_was_interrupted_taken_over_and_finished_is_in_order(self):
        changes = [change("a", 0, "11111111.1/0", "ADDED"), change("a", 0, "11111111.2/0"), change("b", 1, "22222222.1/1")]
        self.assertEqual(self.rules(GOOD, changes=changes), [])

    def test_a_run_that_found_the_lock_taken_is_an_overlap(self):
        self.assertEqual(self.rules([start(1, 0, 1, "a"), start(2, 1, 1, "b", "overlap"), end(3, 1, 1, "b")]), ["overlap"])

    def test_a_run_that_began_before_the_last_one_ended_is_an_overlap_whatever_the_lock_said(self):
        self.assertEqual(
            self.rules([start(1, 0, 1, "a"), start(2, 1, 1, "b"), end(2.5, 0, 1, "a", "stopped"), end(3, 1, 1, "b")]),
            ["overlap"])

    def test_an_epoch_that_falls_is_seen(self):
        self.assertEqual(self.rules([start(1, 3, 1, "a"), end(2, 3, 1, "a", "stopped"), start(3, 2, 9, "b"), end(4, 2, 9, "b")]),
                         ["epoch order"])

    def test_transitions_that_fall_within_an_epoch_are_seen(self):
        self.assertEqual(self.rules([start(1, 3, 7, "a"), end(2, 3, 7, "a", "stopped"), start(3, 3, 1, "b"), end(4, 3, 1, "b")]),
                         ["epoch order"])

    def test_one_token_for_two_pods_is_a_double_start(self):
        self.assertEqual(self.rules([start(1, 0, 1, "a"), end(2, 0, 1, "a", "stopped"), start(3, 0, 1, "b"), end(4, 0, 1, "b")]),
                         ["double"])

    def test_retries_of_one_pod_are_no_double_start(self):
        retry = [start(1, 0, 1, "a"), end(2, 0, 1, "a", "stopped"), start(3, 0, 1, "a", attempt=2),
                 end(4, 0, 1, "a", attempt=2)]
        self.assertEqual(self.rules(retry), [])

    def test_tasks_that_are_gone_unfinished_or_finished_by_nobody_are_lost(self):
        self.assertEqual(self.rules(GOOD, phase=None), ["lost"])
        self.assertEqual(self.rules(GOOD, phase="Running"), ["lost"])
        self.assertEqual(self.rules(GOOD[:3]), ["lost"])
        self.assertEqual(self.rules([]), ["lost"])

    def test_a_line_that_a_kill_cut_off_is_no_end(self):
        self.assertEqual(self.rules([*GOOD[:3], "end 4 0"]), ["lost"])

    def test_stored_ownership_that_goes_back_or_forks_is_seen(self):
        for changes in [
            [change("a", 3), change("a", 2)],
            [change("a", 3), change("b", 3)],
            [change("a", 3, "11111111.4/3"), change("a", 3, "11111111.5/3"), change("a", 3, "11111111.4/3")],
        ]:
            self.assertEqual(self.rules(GOOD, changes=changes), ["history"])

    def test_figures_tell_interruptions_repeats_and_moves_apart(self):
        witness = [*GOOD, start(5, 1, 1, "c"), end(6, 1, 1, "c")]
        with RunFolder(witness, changes=[change("a", 0), change("b", 1)], faults=[{"at": 2, "kind": "kill"}]) as folder:
            figures = referee.judge(folder).figures
        self.assertEqual((figures["runs"], figures["interrupted runs"], figures["runs after a finished one"]), (3, 1, 1))
        self.assertEqual((figures["owner changes"], figures["pods"], figures["faults"]), (1, 3, 1))


class HandOverTests(unittest.TestCase):
    def hand_overs(self, *witnesses):
        runs = {f"t{number}": referee.read_runs(lines) for number, lines in enumerate(witnesses)}
        return [(one.task, one.giver, one.heir, one.gap, one.is_told) for one in referee.hand_overs(runs)]

    def test_the_gap_is_from_the_end_of_one_pods_run_to_the_start_of_the_next_pods(self):
        self.assertEqual(self.hand_overs(GOOD), [("t0", "a", "b", 1, True)])

    def test_the_longest_gap_of_all_tasks_comes_first(self):
        longer = [start(1, 0, 1, "a"), end(2, 0, 1, "a", "stopped"), start(6.5, 0, 2, "b"), end(7, 0, 2, "b")]
        self.assertEqual([gap for *_, gap, _ in self.hand_overs(GOOD, longer)], [4.5, 1])

    def test_a_killed_run_lived_until_the_last_word_of_its_term_at_least(self):
        killed = [start(1, 0, 1, "a"), start(9, 0, 2, "b"), end(10, 0, 2, "b")]
        beside = [start(2, 0, 1, "a"), end(4, 0, 1, "a")]
        # The same pod under a later term, and another task's words after the hand-over, prove nothing.
        later = [start(5, 0, 3, "a"), end(6, 0, 3, "a")]
        after = [start(9.5, 0, 1, "a"), end(9.7, 0, 1, "a")]
        self.assertEqual(self.hand_overs(killed), [("t0", "a", "b", 8, False)])
        self.assertEqual(self.hand_overs(killed, beside, later, after), [("t0", "a", "b", 5, False)])

    def test_one_pods_own_retries_overlaps_and_what_follows_the_tasks_end_are_no_gaps(self):
        self.assertEqual(self.hand_overs([start(1, 0, 1, "a"), end(2, 0, 1, "a", "stopped"), start(3, 0, 2, "a")]), [])
        self.assertEqual(self.hand_overs([start(1, 0, 1, "a"), start(2, 0, 2, "b"), end(2.5, 0, 1, "a", "stopped")]), [])
        self.assertEqual(self.hand_overs([start(1, 0, 1, "a"), start(2, 0, 2, "b", "overlap")]), [])
        self.assertEqual(self.hand_overs([start(1, 0, 1, "a"), end(2, 0, 1, "a"), start(3, 0, 2, "b")]), [])

    def test_a_verdict_says_the_gaps_and_between_whom_the_longest_were(self):
        run = RunFolder(GOOD, changes=[change("a", 0), change("b", 1)])
        with run as folder:
            code, said = report(folder)
        self.assertEqual(code, 0)
        self.assertIn("hand-over gaps              median 1000 ms, p99 1000 ms, max 1000 ms (n = 1)", said)
        self.assertIn("gap: task t: 1.000 s from a to b", said)


class SeenHistoryTests(unittest.TestCase):
    def test_an_epoch_that_no_change_showed_was_not_seen(self):
        self.assertEqual(referee.epochs_stored([change("a", 0), change("b", 1), change("b", 1)], ["t"]), (2, 0))
        self.assertEqual(referee.epochs_stored([change("a", 0), change("c", 3)], ["t"]), (4, 2))
        self.assertEqual(referee.epochs_stored([change("c", 1, event="LISTED")], ["t", "u"]), (3, 2))

    def test_a_history_that_was_not_seen_makes_no_verdict(self):
        with RunFolder(GOOD, changes=[change("a", 0), [3, "relisted", "task-owners"], change("c", 3, event="LISTED")]) as folder:
            code, said = report(folder)
        self.assertEqual(code, 3)
        self.assertIn("4, of which 2 not seen", said)
        self.assertIn("changes lost by the watch   1 times", said)
        self.assertIn("INCOMPLETE: of 4 stored epochs 2 were not seen", said)

    def test_without_any_history_nothing_was_seen(self):
        with RunFolder(GOOD) as folder:
            self.assertEqual(report(folder)[0], 3)

    def test_few_unseen_epochs_are_said_and_borne(self):
        many = [change("a", epoch) for epoch in range(300) if epoch != 100]
        with RunFolder(GOOD, changes=many) as folder:
            code, said = report(folder)
        self.assertEqual(code, 0)
        self.assertIn("300, of which 1 not seen", said)

    def test_a_broken_rule_counts_more_than_a_history_that_was_not_seen(self):
        with RunFolder(GOOD, phase=None) as folder:
            self.assertEqual(report(folder)[0], 1)


class Recorded:
    """A cluster whose watch is refused once with 410; until then and after it, it stays silent."""

    def __init__(self, *lists):
        self.lists = list(lists)
        self.watches = 0
        self.listed_again = threading.Event()

    def list(self, path):
        if path != history.TASKS + "/task-owners":
            return [], "1"
        items = self.lists.pop(0) if len(self.lists) > 1 else self.lists[0]
        return items, "1"

    def watch(self, path, version):
        if path == history.TASKS + "/task-owners":
            self.watches += 1
            if self.watches == 1:
                raise history.Refused(410, "Gone")
            self.listed_again.set()
        threading.Event().wait()
        yield


class HistoryTests(unittest.TestCase):
    def stored(self, epoch):
        return [{"metadata": {"uid": "t", "name": "n"}, "spec": {"owner": "a", "ownership": {"epoch": epoch}}}]

    def test_what_a_watch_lost_is_written_down_and_the_last_list_shows_what_came_at_the_end(self):
        cluster = Recorded(self.stored(0), self.stored(2), self.stored(3))
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "changes.jsonl")
            recorder = history.History(cluster, path)
            self.assertTrue(cluster.listed_again.wait(10))
            recorder.stop()
            recorder.write(["late", "task"])
            recorder.flush()
            lines = referee.json_lines(path)
        self.assertEqual([line[6] if line[1] == "task" else line[1] for line in lines], [0, "relisted", 2, 3])
        self.assertEqual(referee.epochs_stored([line for line in lines if line[1] == "task"]), (4, 1))


class TimelineTests(unittest.TestCase):
    def draw(self, *arguments, **options):
        run = RunFolder(*arguments, **options)
        with run as folder:
            timeline.draw(folder, referee.judge(folder))
            with open(run.path("timeline.svg")) as file:
                return file.read()

    def marks(self, svg, colour):
        """[(x, y, width, what it says)] of the marks of one colour."""
        marks = re.findall(rf'<rect x="(.*)" y="(.*)" width="(.*)" height=".*" fill="{colour}"><title>(.*)</title>', svg)
        return [(float(x), int(y), float(width), what) for x, y, width, what in marks]

    def test_every_pod_and_every_kind_of_fault_has_a_row(self):
        faults = [{"at": 2, "kind": "freeze", "seconds": 1}, {"at": 2.5, "kind": "skipped one", "skipped": "why"}]
        svg = self.draw(GOOD, faults=faults)
        for text in [">a<", ">b<", ">freeze<", "1 faults"]:
            self.assertIn(text, svg)
        self.assertNotIn("skipped one", svg)

    def test_a_hand_over_is_a_line_below_its_givers_row_as_long_as_the_gap(self):
        # From 1 s to 4 s in all: the gap from 2 s to 3 s is the middle third.
        svg = self.draw(GOOD)
        third = timeline.WIDTH / 3
        self.assertEqual(self.marks(svg, timeline.GAPS),
                         [(timeline.LEFT + third, timeline.ROW + timeline.ROW - 4, third, "task t: 1.000 s until b went on with it")])
        self.assertEqual(self.marks(svg, timeline.BROKEN), [])
        self.assertIn("1 hand-overs", svg)

    def test_an_overlap_is_drawn_in_a_row_of_its_own_and_in_those_of_both_pods(self):
        svg = self.draw([start(1, 0, 1, "a"), start(2, 1, 1, "b"), end(2.5, 0, 1, "a", "stopped"), end(3, 1, 1, "b")])
        quarter = timeline.WIDTH / 2 / 2
        rows = [mark[1] // timeline.ROW for mark in self.marks(svg, timeline.BROKEN)]
        self.assertEqual(sorted(rows), [1, 2, 4])
        for x, _, width, what in self.marks(svg, timeline.BROKEN):
            self.assertEqual((x, width), (timeline.LEFT + 2 * quarter, quarter))
            self.assertEqual(what, "task t: b started 0.500 s before a ended")
        self.assertIn(">overlap (1)<", svg)
        self.assertEqual(self.marks(svg, timeline.GAPS), [])

    def test_a_lost_task_is_drawn_where_it_was_last_worked_on(self):
        svg = self.draw(GOOD[:3])
        self.assertIn(">lost (1)<", svg)
        self.assertEqual([what for *_, what in self.marks(svg, timeline.BROKEN)],
                         ["task t: Succeeded, but no run of it came to its end"])
        self.assertIn(">lost (1)<", self.draw([], phase=None))

    def test_seconds_stand_above_in_round_steps(self):
        svg = self.draw(GOOD)
        third = timeline.WIDTH / 3
        labels = [(float(x), text) for x, text in re.findall(r'<text x="(.*)" y="10" fill="#555555">(.*)</text>', svg)]
        self.assertEqual(labels, [(timeline.LEFT + second * third, f"{second} s") for second in range(4)])
        self.assertEqual([timeline.tick(span) for span in (3, 15, 16, 59, 900, 9_000, 40_000)], [1, 1, 2, 5, 60, 600, 3600])

    def test_neighbouring_columns_with_one_count_are_one_bar(self):
        self.assertEqual(timeline.bars({1: 2, 2: 2, 3: 1, 7: 1}), [[1, 2, 2], [3, 1, 1], [7, 1, 1]])


if __name__ == "__main__":
    unittest.main()
