// HTTP2Engine: see ARCHITECTURE.md.
