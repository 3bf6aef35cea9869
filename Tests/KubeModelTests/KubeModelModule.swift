// Tests of KubeModel.
