import LinuxIO
import Wire

/// Operations of the pure core, one at a time and as often as asked: under valgrind their instructions can be counted,
/// which no busy neighbour changes. `Benchmarks/instructions.py` runs it.
///
///     corebench list
///     corebench NAME COUNT            how long it took
///     corebench spread MEMBERS TASKS  placement's most loaded member beside the mean
@main
struct Corebench {
    static func main() throws {
        let words = CommandLine.arguments.dropFirst()
        switch (words.first, words.dropFirst().compactMap { Int($0) }) {
        case ("list", []): for operation in Operation.all { print(operation.name) }
        case ("spread", let numbers) where numbers.count == 2: spread(members: numbers[0], tasks: numbers[1])
        case (let name, let numbers) where numbers.count == 1:
            guard let operation = Operation.all.first(where: { $0.name == name }) else { fallthrough }
            try time(operation, numbers[0])
        default: throw Usage()
        }
    }

    private struct Usage: Error, CustomStringConvertible {
        let description =
            "corebench list, corebench NAME COUNT or corebench spread MEMBERS TASKS is expected; `corebench list` tells the names"
    }

    private static func time(_ operation: Operation, _ count: Int) throws {
        let run = try operation.prepare()
        let begin = BootClock.now()
        let sum = run(count)
        let took = BootClock.now().nanoseconds - begin.nanoseconds
        print("nanoseconds \(Double(took) / Double(max(count, 1))) sum \(sum)")
    }

    private static func spread(members: Int, tasks: Int) {
        for replicas in [1, 3] {
            print("replicas \(replicas) ratio \(PlacementSpread(members: members, replicas: replicas).place(tasks))")
        }
    }
}
