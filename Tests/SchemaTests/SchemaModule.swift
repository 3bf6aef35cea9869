// Tests of Schema.
