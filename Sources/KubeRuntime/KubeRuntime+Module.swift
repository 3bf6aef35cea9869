// KubeRuntime: see ARCHITECTURE.md.
