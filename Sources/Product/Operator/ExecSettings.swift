internal import LinuxIO

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

    /// At the start, while somebody looks: later it would be an error of every try.
    package static func check(program: String) throws(UsageProblem) {
        do throws(Errno) {
            try Spawn.check(program)
        } catch {
            let remedy = "\(error.text); a file that this user may execute is expected (in an image: COPY --chmod=755)"
            throw UsageProblem(flag: "--exec", value: program, remedy: remedy)
        }
    }

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
