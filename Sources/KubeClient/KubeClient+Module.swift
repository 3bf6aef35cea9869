// KubeClient: see ARCHITECTURE.md.
