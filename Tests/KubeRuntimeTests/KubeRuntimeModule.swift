// Tests of KubeRuntime.
