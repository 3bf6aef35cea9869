/// How `--exec` programs are run.
package struct ExecSettings: Sendable {
    package var program: String
    /// For one try.
    package var timeout: Duration
    /// Between SIGTERM and SIGKILL.
    package var grace: Duration
    /// How long a task waits whose program said "again later".
    package var again: Duration
    /// What a program sees beside the TASK_ variables.
    package var environment: [String: String]
    /// This program's own binary, which also knows to be a guard. As /proc/self/exe it is the one that runs, whatever has
    /// become of its file.
    package var guardProgram: String

    package init(
        program: String,
        timeout: Duration,
        grace: Duration,
        again: Duration,
        environment: [String: String],
        guardProgram: String
    ) {
        self.program = program
        self.timeout = timeout
        self.grace = grace
        self.again = again
        self.environment = environment
        self.guardProgram = guardProgram
    }
}
