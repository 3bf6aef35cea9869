"""If these fail, a second buffer as large as the body may come and nobody is told."""

import unittest

from allocations import PIECE, Blocks, blocks, growing, per_request, place, wrong

BODY = "$s7Serving15ServerHTTP1BodyV4take"
PIECES = "$s9TLSEngine10TLSSessionC4read"


class Places(unittest.TestCase):
    def test_a_place_is_the_innermost_function_of_ours(self):
        frames = ["0x1: malloc (in /lib)", "0x2: swift_slowAlloc (x.cpp:1)", "0x3: $sSa6appendSaTG5 (in /p)", f"0x4: {BODY} (in /p)",
                  f"0x5: {PIECES} (in /p)"]
        self.assertEqual(place(frames), BODY)

    def test_what_a_library_takes_for_itself_is_its_own(self):
        self.assertEqual(place(["0x1: malloc (in /lib)", "0x2: ??? (in /usr/lib/libcrypto.so.3)"]), "libcrypto")

    def test_points_of_one_place_are_added(self):
        profile = {"ftbl": ["[root]", f"0x1: {BODY} (in /p)", "0x2: main (in /p)"],
                   "pps": [{"tb": 100, "tbk": 1, "fs": [1]}, {"tb": 200, "tbk": 2, "fs": [1, 2]}]}
        self.assertEqual(blocks(profile), {BODY: Blocks(300, 3)})

    def test_what_the_start_allocates_falls_out(self):
        start = Blocks(9_000_000, 9)
        once, twice = {"start": start, BODY: Blocks(400, 4)}, {"start": start, BODY: Blocks(800, 8)}
        self.assertEqual(per_request(once, twice, 4), {BODY: Blocks(100, 1)})


class Judgement(unittest.TestCase):
    small = {BODY: Blocks(300_000, 1), PIECES: Blocks(300_000, 5)}
    large = {BODY: Blocks(3_000_000, 1), PIECES: Blocks(3_000_000, 48)}

    def test_the_body_s_buffer_grows_and_pieces_only_become_more(self):
        self.assertEqual(growing(self.small, self.large), [BODY])
        self.assertEqual(wrong("h1", self.small, self.large), [])

    def test_a_second_buffer_is_wrong_and_is_named(self):
        found = wrong("h1", {**self.small, "copy": Blocks(300_000, 1)}, {**self.large, "copy": Blocks(2_900_000, 1)})
        self.assertEqual(len(found), 2)
        self.assertIn("copy", found[1])

    def test_a_place_that_only_a_large_body_reaches_counts(self):
        self.assertIn("late", wrong("h1", self.small, {**self.large, "late": Blocks(PIECE + 1, 1)})[1])

    def test_a_count_that_sees_nothing_is_wrong(self):
        self.assertEqual(len(wrong("h1", {}, {})), 1)


if __name__ == "__main__":
    unittest.main()
