// Tests of KubeClient.
