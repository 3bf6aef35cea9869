// Tests of LocalCluster.
