// KubeModel: see ARCHITECTURE.md.
