// Tests of ClusterCore.
