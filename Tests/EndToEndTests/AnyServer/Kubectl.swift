import TestSupport

/// kubectl against one cluster, with nothing of our own environment.
struct Kubectl: Sendable {
    let kubeconfig: String
    let home: String

    /// `variables` as NAME=VALUE.
    func run(_ arguments: [String], variables: [String] = [], input: String = "", seconds: Int = 120) throws
        -> ForeignProgram.Outcome
    {
        guard let program = ForeignProgram("env") else { throw Trouble("this machine has no env") }
        return try program.run(
            ["KUBECONFIG=\(kubeconfig)", "HOME=\(home)"] + variables + ["kubectl"] + arguments,
            input: input,
            seconds: seconds
        )
    }

    /// Its output; it has to succeed.
    @discardableResult
    func must(_ arguments: String..., input: String = "") throws -> String {
        let outcome = try run(arguments, input: input)
        guard outcome.status == 0 else {
            throw Trouble("kubectl \(arguments.joined(separator: " ")): \(outcome.output)")
        }
        return outcome.output
    }
}
