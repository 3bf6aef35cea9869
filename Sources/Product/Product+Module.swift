// Product: see ARCHITECTURE.md.
