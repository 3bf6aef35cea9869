// swift-tools-version: 6.2
import PackageDescription

/// Every target is built with the same settings: warnings are errors, every unsafe use is written `unsafe`.
let settings: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableExperimentalFeature("Lifetimes"),
    // So that the linker can drop a function that nobody calls.
    .unsafeFlags(["-Xfrontend", "-function-sections"], .when(configuration: .release)),
]

/// A target of `Sources/NAME` and its tests in `Tests/NAMETests`.
func room(_ name: String, _ uses: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: uses, swiftSettings: settings)
}
func tests(_ name: String, _ uses: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .testTarget(
        name: name + "Tests",
        dependencies: [.target(name: name), "TestSupport"] + uses,
        resources: resources,
        swiftSettings: settings
    )
}

/// How the program is linked. All addresses are bound at the start and cannot be written from then on. Of Yams only its C part
/// is used, libyaml: nobody calls its Swift part, which alone imports Foundation, and with it ICU (docs/decisions/0017). Tests in
/// release mode are linked with it (`./run test --release` says so): the main that SwiftPM writes for them is made of it.
let leftOut =
    Context.environment["WORKCLAIM_RELEASE_TESTS"] == nil
    ? ["Yams.build/*.swift.o", "libFoundation.*", "libFoundationInternationalization.*", "lib_FoundationICU.*"] : []
let link: [LinkerSetting] = [
    .unsafeFlags(
        ["-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "now"]
            + leftOut.flatMap { ["-Xlinker", "--remap-inputs=*/\($0)=/dev/null"] },
        .when(configuration: .release)
    )
]

let log = Target.Dependency.product(name: "Logging", package: "swift-log")

let package = Package(
    name: "workclaim",
    products: [.executable(name: "workclaim", targets: ["workclaim"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // C: headers of the two libraries, and what Swift cannot say about Linux.
        .systemLibrary(name: "CSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CNGHTTP2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
        .target(name: "CLinux", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-fstack-protector-strong"])]),

        // Core: values in, values out; no descriptor, thread, clock, randomness or async.
        room("Wire"),
        room("KubeModel", ["Wire"]),
        room("Ownership", ["KubeModel", "Wire"]),
        room("Trust", ["Wire"]),
        room("Schema", ["Wire"]),
        room("ClusterCore", ["Schema", "KubeModel", "Wire"]),

        // Engines: bytes in, bytes out, over the C libraries; they know no sockets.
        room("TLSEngine", ["CSSL", "Wire"]),
        room("HTTP2Engine", ["CNGHTTP2", "Wire"]),

        // Shells: each owns a resource, performs actions and decides nothing.
        room("LinuxIO", ["CLinux", "Wire"]),
        room("Telemetry", ["LinuxIO", "Wire", log]),
        room("Serving", ["LinuxIO", "TLSEngine", "HTTP2Engine", "Wire"]),
        room("YAMLText", ["Wire", .product(name: "Yams", package: "Yams")]),
        room("KubeClient", ["Serving", "LinuxIO", "TLSEngine", "KubeModel", "YAMLText", "Wire", log]),
        room("KubeRuntime", ["KubeClient", "Serving", "LinuxIO", "Ownership", "KubeModel", "Telemetry", "Wire", log]),

        // Worlds.
        room("LocalCluster", ["ClusterCore", "Serving", "LinuxIO", "TLSEngine", "KubeModel", "Wire", log]),
        room(
            "LocalNode",
            ["KubeClient", "KubeRuntime", "Ownership", "Serving", "LinuxIO", "TLSEngine", "KubeModel", "Wire", log]
        ),
        room("Simulation", ["ClusterCore", "Ownership", "KubeModel", "Schema", "Wire"]),

        // App.
        room(
            "Product",
            [
                "KubeRuntime", "KubeClient", "LocalCluster", "LocalNode", "Simulation", "ClusterCore", "Serving",
                "TLSEngine",
                "HTTP2Engine",
                "LinuxIO", "Telemetry",
                "Ownership", "Trust", "KubeModel", "YAMLText", "Wire", log,
            ]
        ),
        .executableTarget(
            name: "workclaim",
            dependencies: [
                "Product", "Simulation", "KubeClient", "Ownership", "Trust", "Telemetry", "LinuxIO", log,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings,
            linkerSettings: link
        ),

        // Counts what operations of the core cost; no part of the product.
        .executableTarget(
            name: "corebench",
            dependencies: ["Ownership", "KubeModel", "LinuxIO", "Wire"],
            path: "Benchmarks/corebench",
            swiftSettings: settings
        ),
        // The webhook's request path alone, to be counted too.
        .executableTarget(
            name: "pathbench",
            dependencies: ["Product", "Serving", "TLSEngine", "Telemetry", "Ownership", "LinuxIO", "Wire"],
            path: "Benchmarks/pathbench",
            swiftSettings: settings,
            linkerSettings: link
        ),

        // Tests: one target per room, the same file names.
        .target(
            name: "TestSupport",
            dependencies: ["LinuxIO", "TLSEngine", "Wire"],
            path: "Tests/TestSupport",
            swiftSettings: settings
        ),
        // Entered by the tests, and by the fuzz program that Fuzz/fuzz links of it: no product.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "ClusterCore", "Schema", "KubeClient", "KubeModel", "Ownership", "TLSEngine", "HTTP2Engine", "YAMLText",
                "Wire",
            ],
            path: "Fuzz/Targets",
            swiftSettings: settings
        ),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets"], swiftSettings: settings),
        tests("Wire"),
        tests("KubeModel", ["Wire"]),
        tests("Ownership", ["KubeModel", "Wire"], resources: [.copy("Fixtures")]),
        tests("Trust", ["Wire"]),
        tests("Schema", ["YAMLText", "Wire"]),
        tests("ClusterCore", ["Schema", "KubeModel", "Ownership", "YAMLText", "Wire"]),
        // An error that somebody left in OpenSSL's queue is put there by OpenSSL itself.
        tests("TLSEngine", ["CSSL", "Wire"]),
        tests("HTTP2Engine", ["Wire"]),
        // The guard of a program is our own binary.
        tests("LinuxIO", ["workclaim", "Wire"]),
        tests("Telemetry", ["Wire", log]),
        tests("Serving", ["LinuxIO", "TLSEngine", "HTTP2Engine", "Wire"]),
        tests("YAMLText", ["Wire"]),
        tests("KubeClient", ["Serving", "LinuxIO", "TLSEngine", "KubeModel", "Wire"]),
        tests(
            "KubeRuntime",
            ["ClusterCore", "KubeClient", "Serving", "LinuxIO", "Ownership", "KubeModel", "Telemetry", "Wire"]
        ),
        tests("LocalCluster", ["YAMLText", "ClusterCore", "Serving", "LinuxIO", "TLSEngine", "KubeModel", "Wire"]),
        tests("Simulation", ["YAMLText", "LinuxIO", "Ownership", "Wire"]),
        tests("LocalNode", ["LinuxIO", "Wire"]),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "workclaim", "KubeClient", "KubeModel", "LinuxIO", "Serving", "TLSEngine", "Wire", "TestSupport",
            ],
            swiftSettings: settings
        ),
        .testTarget(name: "TidyTests", swiftSettings: settings),
        tests(
            "Product",
            [
                "workclaim", "KubeRuntime", "KubeClient", "LocalCluster", "Serving", "LinuxIO", "TLSEngine",
                "Telemetry", "Ownership", "Trust",
                "KubeModel", "YAMLText", "Wire", log,
            ],
            resources: [.copy("Programs")]
        ),
    ]
)
