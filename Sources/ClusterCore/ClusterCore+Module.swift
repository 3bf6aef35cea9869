// ClusterCore: see ARCHITECTURE.md.
