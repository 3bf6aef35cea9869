// Serving: see ARCHITECTURE.md.
