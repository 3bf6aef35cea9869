import FoundationEssentials
import TestSupport
import Testing

/// The image as `./run image` has made it last. Making it takes minutes, so it is not made here.
@Suite struct ImageTests {
    @Test(.timeLimit(.minutes(3))) func itStartsUnderPodmanAsNobodyAndIsReady() throws {
        guard let check = ForeignProgram(Binary.root + "/Image/check"), let podman = ForeignProgram("podman") else {
            return
        }
        let tag = "workclaim:latest"
        guard FileManager.default.fileExists(atPath: Binary.root + "/.build/image/workclaim"),
            try podman.run(["image", "exists", tag]).status == 0
        else { return print("skipped: there is no image \(tag) yet; ./run image makes it") }
        let end = try check.run([tag], seconds: 150)
        #expect(end.status == 0, "\(end.output)")
        print(end.output)
    }

    @Test func thatThereIsNoImageIsSaid() throws {
        guard let check = ForeignProgram(Binary.root + "/Image/check"), ForeignProgram("podman") != nil,
            ForeignProgram("curl") != nil
        else { return }
        let end = try check.run(["workclaim:never-made"])
        #expect(end.status == 1)
        #expect(end.output.contains("podman has no image workclaim:never-made: ./run image makes it"), "\(end.output)")
    }
}
