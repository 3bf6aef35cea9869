// Ownership: see ARCHITECTURE.md.
