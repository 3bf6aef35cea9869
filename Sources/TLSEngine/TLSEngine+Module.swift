// TLSEngine: see ARCHITECTURE.md.
