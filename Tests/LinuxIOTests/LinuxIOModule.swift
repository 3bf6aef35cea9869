// Tests of LinuxIO.
