"""If these fail, a webhook that learns of its members late looks as if it were early."""

import unittest

from membership import judge, stalls
from processes import Failed

MS = 1_000_000


def requests(until, flips=(), slow=()):
    """One each millisecond, answered after 0.1 ms; the answer is another from each flip on; slow ones take 7 ms more."""
    return [(due, due + MS // 10 + (7 * MS if due in slow else 0), f"answer-{sum(flip <= due for flip in flips) % 2}")
            for due in range(0, until, MS)]


class Judgement(unittest.TestCase):
    def line(self, lines, words):
        return next(line for line in lines if words in line.what)

    def test_the_first_request_with_the_other_answer_tells_when_it_was_known(self):
        seen = [100 * MS, 300 * MS, 500 * MS]
        lines = list(judge(requests(700 * MS, [at + 3 * MS for at in seen]), [at - MS for at in seen], seen))
        known = self.line(lines, "after its watch event")
        self.assertAlmostEqual(known.ours, 3.1)
        self.assertEqual(known.verdict, "met")

    def test_later_than_5_ms_is_not_met(self):
        seen = [100 * MS, 300 * MS]
        lines = list(judge(requests(500 * MS, [at + 6 * MS for at in seen]), seen, seen))
        self.assertEqual(self.line(lines, "after its watch event").verdict, "NOT met")

    def test_a_change_that_no_answer_shows_is_no_measurement(self):
        with self.assertRaises(Failed):
            list(judge(requests(500 * MS, [100 * MS]), [100 * MS, 300 * MS], [100 * MS, 300 * MS]))

    def test_a_wait_counts_as_the_change_s_only_near_it(self):
        written = [100 * MS, 300 * MS]
        at_change, in_quiet = stalls(requests(500 * MS, slow=[105 * MS, 200 * MS]), written)
        self.assertEqual([round(wait, 1) for wait in at_change], [7.1, 0.1])
        self.assertEqual([round(wait, 1) for wait in in_quiet], [7.1])


if __name__ == "__main__":
    unittest.main()
