import FoundationEssentials

/// The target of this process, by its name in FUZZ_TARGET: one program serves all, so one build does.
private let target: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
    guard let target = FuzzTarget.named(name) else {
        fatalError("FUZZ_TARGET is '\(name)'; ./run fuzz --list names the targets")
    }
    return target
}()

/// What libFuzzer, which brings `main`, calls with one input after another. Tests enter by `FuzzTarget`. A finding is a
/// trap, as a crash of the product's own would be. The bytes are libFuzzer's, and copied.
@c(LLVMFuzzerTestOneInput)
public func runOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe [UInt8](UnsafeBufferPointer(start: bytes, count: count))
    do throws(Finding) {
        try target.run(input)
    } catch {
        fatalError("finding: \(error)")
    }
    return 0
}
