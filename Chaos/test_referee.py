"""Hand-made witnesses: if one of these fails, a run that broke a promise could pass."""

import json
import os
import tempfile
import unittest

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


class TimelineTests(unittest.TestCase):
    def test_every_pod_and_every_kind_of_fault_has_a_row(self):
        faults = [{"at": 2, "kind": "freeze", "seconds": 1}, {"at": 2.5, "kind": "skipped one", "skipped": "why"}]
        run = RunFolder(GOOD, faults=faults)
        with run as folder:
            timeline.draw(folder)
            with open(run.path("timeline.svg")) as file:
                svg = file.read()
        for text in [">a<", ">b<", ">freeze<", "1 faults"]:
            self.assertIn(text, svg)
        self.assertNotIn("skipped one", svg)

    def test_neighbouring_columns_with_one_count_are_one_bar(self):
        self.assertEqual(timeline.bars({1: 2, 2: 2, 3: 1, 7: 1}), [[1, 2, 2], [3, 1, 1], [7, 1, 1]])


if __name__ == "__main__":
    unittest.main()
