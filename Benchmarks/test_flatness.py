"""If these fail, a soak calls flat what grows."""

import unittest

from flatness import judge


def samples(grows_by=0, column=1, seconds=2_600, jitter=0):
    """Every two seconds: 5 MB private, 12 MB RSS, 40 descriptors; one of them grows evenly."""
    taken = []
    for at in range(0, seconds, 2):
        row = [at, 5e6 + jitter * (at // 2 % 2), 12e6, 40]
        row[column] += grows_by * at / seconds
        taken.append(tuple(row))
    return taken


class Judgement(unittest.TestCase):
    def test_what_stays_is_flat(self):
        self.assertEqual(judge("it", samples(), 660), [])

    def test_up_and_down_is_flat(self):
        self.assertEqual(judge("it", samples(jitter=2e6), 660), [])

    def test_memory_that_grows_is_told_with_how_much(self):
        (text,) = judge("it", samples(grows_by=2e6), 660)
        self.assertIn("private memory grew by 1.49 MB", text)
        (text,) = judge("it", samples(grows_by=3e6, column=2), 660)
        self.assertIn("RSS grew", text)

    def test_growth_before_the_end_of_the_warm_up_is_none(self):
        early = [(at, min(at, 100) * 1e5, 12e6, 40) for at in range(0, 2_600, 2)]
        self.assertEqual(judge("it", early, 660), [])

    def test_in_the_first_minutes_more_is_borne_and_not_anything(self):
        self.assertEqual(judge("it", samples(grows_by=2e6, seconds=60), 15), [])
        (text,) = judge("it", samples(grows_by=6e6, seconds=60), 15)
        self.assertIn("private memory grew", text)

    def test_descriptors_that_are_never_closed(self):
        (text,) = judge("it", samples(grows_by=20, column=3), 660)
        self.assertIn("15 more descriptors", text)

    def test_few_samples_prove_nothing(self):
        (text,) = judge("it", samples(seconds=16), 4)
        self.assertIn("too few", text)


if __name__ == "__main__":
    unittest.main()
