// LinuxIO: see ARCHITECTURE.md.
