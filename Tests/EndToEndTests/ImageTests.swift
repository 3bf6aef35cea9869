import FoundationEssentials
import TestSupport
import Testing

/// The image as `./run image` has made it last. Making it takes minutes, so it is not made here.
@Suite struct ImageTests {
    @Test(.timeLimit(.minutes(3))) func itStartsUnderPodmanAsNobodyAndIsReady() throws {
        let check = try ForeignProgram.needed(Binary.root + "/Image/check")
        let podman = try ForeignProgram.needed("podman")
        let tag = "workclaim:latest"
        guard FileManager.default.fileExists(atPath: Binary.root + "/.build/image/workclaim"),
            try podman.run(["image", "exists", tag]).status == 0
        else { try Test.cancel("there is no image \(tag) yet; ./run image makes it") }
        let end = try check.run([tag], seconds: 150)
        #expect(end.status == 0, "\(end.output)")
        print(end.output)
    }

    @Test func thatThereIsNoImageIsSaid() throws {
        let check = try ForeignProgram.needed(Binary.root + "/Image/check")
        try ForeignProgram.needed("podman")
        try ForeignProgram.needed("curl")
        let end = try check.run(["workclaim:never-made"])
        #expect(end.status == 1)
        #expect(end.output.contains("podman has no image workclaim:never-made: ./run image makes it"), "\(end.output)")
    }
}
