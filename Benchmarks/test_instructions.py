"""If these fail, the core may grow dearer and nobody is told."""

import unittest

from instructions import judge, per_operation


class Counts(unittest.TestCase):
    def test_what_the_start_of_the_program_costs_does_not_count(self):
        start, each = 50_000_000, 1_234
        self.assertEqual(per_operation(start + 100 * each, start + 200 * each, 100), each)


class Judgement(unittest.TestCase):
    def test_what_is_within_the_tolerance_is_borne_in_both_directions(self):
        self.assertEqual(judge({"a": 103, "b": 97}, {"a": 100, "b": 100}, 0.03), ([], []))

    def test_what_has_grown_is_wrong_and_says_by_how_much(self):
        wrong, cheaper = judge({"a": 1_040}, {"a": 1_000}, 0.03)
        self.assertEqual((len(wrong), cheaper), (1, []))
        self.assertIn("+4.0%", wrong[0])
        self.assertIn("--accept", wrong[0])

    def test_what_has_become_cheaper_is_told_so_that_the_threshold_follows(self):
        wrong, cheaper = judge({"a": 900}, {"a": 1_000}, 0.03)
        self.assertEqual((wrong, len(cheaper)), ([], 1))

    def test_an_operation_without_a_threshold_and_a_threshold_without_one_are_wrong(self):
        wrong, _ = judge({"new": 1}, {"gone": 1}, 0.03)
        self.assertEqual(len(wrong), 2)


if __name__ == "__main__":
    unittest.main()
