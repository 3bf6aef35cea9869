// Ownership: who should own what (Placement), who may (MembershipView, SeatMachine, StartRule), and what the webhook
// answers (AdmissionDecision). Values and machines only: no clock, no randomness, no I/O.
// Next door: KubeModel knows the objects; KubeRuntime runs these machines against a cluster.
