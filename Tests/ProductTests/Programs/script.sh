#!/bin/sh
# What a test wants done, as it says in SCRIPT. A file that is not written by the test: a program that is still open for
# writing in some fork cannot be started.
eval "$SCRIPT"
