// LocalCluster: see ARCHITECTURE.md.
