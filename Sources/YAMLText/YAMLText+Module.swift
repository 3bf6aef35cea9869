// YAMLText: see ARCHITECTURE.md.
