// Linked into builds that know what they are made of; the weak definitions are in Sources/CLinux/stamp.c.
const char *clinux_commit(void) { return COMMIT; }
const char *clinux_compiler(void) { return COMPILER; }
