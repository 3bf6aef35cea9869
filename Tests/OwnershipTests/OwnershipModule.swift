// Tests of Ownership.
