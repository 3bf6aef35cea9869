"""If these fail, a table says what was not measured."""

import unittest

from table import Goal, Line, alone, compared, median_ratio, missing, number, percentile, slope, text


class Ratios(unittest.TestCase):
    def test_a_slow_spell_that_hits_both_of_a_pair_changes_nothing(self):
        self.assertEqual(median_ratio([10, 50, 11], [20, 100, 22]), 0.5)

    def test_one_round_that_was_disturbed_does_not_decide(self):
        self.assertEqual(median_ratio([10, 90, 10], [20, 20, 20]), 0.5)

    def test_rounds_that_are_no_pairs_are_refused(self):
        with self.assertRaisesRegex(ValueError, "pairs"):
            median_ratio([1, 2], [1])

    def test_a_line_has_the_medians_of_both(self):
        line = compared("x", "us", [1, 3, 2], "nginx", [2, 6, 4], Goal(0.5))
        self.assertEqual((line.ours, line.theirs, line.ratio, line.verdict), (2, 4, 0.5, "met"))


class Goals(unittest.TestCase):
    def test_exactly_at_the_goal_it_is_met(self):
        self.assertEqual(alone("x", 5.0, "MB", 5.0).verdict, "met")
        self.assertEqual(alone("x", 5.01, "MB", 5.0).verdict, "NOT met")

    def test_a_goal_of_the_ratio_does_not_look_at_our_value(self):
        self.assertEqual(Line("x", 1000.0, "us", "go", 10_000.0, 0.1, Goal(0.4)).verdict, "met")
        self.assertEqual(Line("x", 0.1, "us", "go", 0.1, 1.0, Goal(0.4)).verdict, "NOT met")

    def test_without_a_goal_it_is_only_shown(self):
        self.assertEqual(alone("x", 5.0, "MB").verdict, "shown")

    def test_what_could_not_be_measured_says_why_and_is_never_met(self):
        line = missing("x", "go", "no go here")
        self.assertEqual(line.verdict, "no go here")
        self.assertIn("no go here", text([line]))
        self.assertFalse(Goal(1).is_met(None, None))


class Percentiles(unittest.TestCase):
    def test_of_a_hundred_values_p99_is_the_ninety_ninth(self):
        self.assertEqual(percentile(range(1, 101), 0.99), 99)
        self.assertEqual(percentile(range(1, 101), 1), 100)
        self.assertEqual(percentile(range(1, 101), 0.001), 1)

    def test_of_few_values_it_is_the_greatest(self):
        self.assertEqual(percentile([3, 1, 2], 0.99), 3)


class Slopes(unittest.TestCase):
    def test_a_line_has_its_own_slope_and_noise_without_trend_has_none(self):
        self.assertAlmostEqual(slope([(0, 1), (1, 3), (2, 5)]), 2)
        self.assertAlmostEqual(slope([(0, 1), (1, 2), (2, 2), (3, 1)]), 0)


class Text(unittest.TestCase):
    def test_numbers_have_the_digits_that_say_something(self):
        self.assertEqual([number(value) for value in (None, 0, 0.00321, 1.234, 37.55, 4321.5)],
                         ["-", "0.00", "0.0032", "1.23", "37.5", "4,322"])

    def test_columns_stand_below_each_other(self):
        lines = text([alone("short", 1, "us", 2), alone("a longer name", 1_000, "us")]).split("\n")
        self.assertEqual(len({line.index("us") for line in lines[1:]}), 1)
        self.assertTrue(lines[1].endswith("met"))


if __name__ == "__main__":
    unittest.main()
