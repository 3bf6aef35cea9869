// Schema: see ARCHITECTURE.md.
