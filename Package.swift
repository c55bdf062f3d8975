// swift-tools-version: 6.2
import PackageDescription

// The rooms of the house and which way the arrows point: docs/architecture.md.
// A target depends only on rows below it; `Tests/ReenactTidyTests` checks that.

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]
/// Where each message of the program passes: a check at each access to a field of one's own would show. Debug builds, and
/// with them the tests, have it all the same.
let hot: [SwiftSetting] = strict + [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]

func room(_ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

func proto(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    room("Reenact\(name)", ["ReenactTimeline", "ReenactWire"] + dependencies, path: "Sources/Protocols/\(name)")
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.init(stringLiteral: name)] + dependencies,
        swiftSettings: strict
    )
}

let protocols: [Target.Dependency] = [
    "ReenactHTTP", "ReenactPostgres", "ReenactRedis", "ReenactDNS", "ReenactMySQL", "ReenactMemcached",
    "ReenactRaw",
]

let package = Package(
    name: "reenact",
    products: [
        .executable(name: "reenact", targets: ["reenact"]),
        .executable(name: "reenact-runner", targets: ["reenact-runner"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // 0: vocabulary, and Linux
        .target(name: "CLinux", publicHeadersPath: "include", cSettings: [.define("_GNU_SOURCE")]),
        .target(name: "ReenactLinux", dependencies: ["CLinux"], swiftSettings: hot),
        room("ReenactTimeline"),

        // 1: bytes in, values out
        room("ReenactWire", ["ReenactTimeline"]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        room("ReenactCoding", ["CZlib"]),
        proto("HTTP", ["ReenactCoding", "COpenSSL"]),
        proto("Postgres"),
        proto("Redis"),
        proto("DNS"),
        proto("MySQL"),
        proto("Memcached"),
        proto("Raw"),
        room("ReenactProtocols", ["ReenactTimeline", "ReenactWire"] + protocols, path: "Sources/Protocols/Registry"),
        room("ReenactCaseFile", ["ReenactTimeline", .product(name: "GRDBSQLite", package: "GRDB.swift")]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .target(name: "CTLS", dependencies: ["COpenSSL"], publicHeadersPath: "include"),
        room("ReenactTLS", ["ReenactTimeline", "CTLS"]),

        // 2: what happens inside a sandbox, and how one is made
        room("ReenactSandbox", ["ReenactTimeline", "ReenactLinux", "CLinux"]),
        room(
            "ReenactStubs",
            [
                "ReenactTimeline", "ReenactWire", "ReenactProtocols", "ReenactDNS", "ReenactMySQL", "ReenactLinux",
                "CLinux",
                "ReenactTLS",
            ]
        ),
        room(
            "ReenactRunner",
            [
                "ReenactTimeline", "ReenactWire", "ReenactStubs", "ReenactProtocols", "ReenactLinux", "CLinux",
                "ReenactTLS", "ReenactHTTP", "ReenactDNS",
            ]
        ),

        room(
            "ReenactFixtures",
            [
                "ReenactTimeline", "ReenactWire", "ReenactPostgres",
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]
        ),

        // Exact recording of executions.
        .target(
            name: "CTrace", publicHeadersPath: "include",
            cSettings: [.define("_GNU_SOURCE"), .unsafeFlags(["-O2", "-fno-jump-tables"])]),
        // A recorder looks at each call of the program: a check at each access to its own fields would show.
        .target(
            name: "ReenactExecution", dependencies: ["CTrace", "CZlib", "CZstd", "ReenactLinux"],
            swiftSettings: strict + [.unsafeFlags(["-enforce-exclusivity=unchecked"])]),

        // 3: observe, explain, re-enact, keep
        .target(
            name: "ReenactCapture",
            dependencies: [
                "ReenactTimeline", "ReenactWire", "ReenactProtocols", "ReenactLinux", "CLinux", "ReenactTLS",
                "ReenactTriage", .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: hot),
        room("ReenactTriage", ["ReenactTimeline", "ReenactCoding"]),
        room("ReenactStore", ["ReenactTimeline", "ReenactCaseFile", "ReenactTriage"]),
        room(
            "ReenactReproduction",
            [
                "ReenactTimeline", "ReenactWire", "ReenactSandbox", "ReenactRunner", "ReenactLinux", "CLinux",
                "ReenactTLS", "ReenactTriage", "ReenactFixtures", "ReenactProtocols", "ReenactHTTP", "ReenactRedis",
                "ReenactCoding", "ReenactCaseFile",
            ]
        ),

        // 4: verbs
        room(
            "ReenactCommands",
            [
                "ReenactTimeline", "ReenactCaseFile", "ReenactCapture", "ReenactTriage", "ReenactStore",
                "ReenactReproduction", "ReenactSandbox", "ReenactRunner", "ReenactLinux", "ReenactProtocols",
                "ReenactTLS", "ReenactWire",
                "ReenactFixtures", "ReenactExecution",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),

        // 5: @main only
        .executableTarget(name: "reenact", dependencies: ["ReenactCommands"], swiftSettings: strict),
        .executableTarget(name: "reenact-runner", dependencies: ["ReenactRunner"], swiftSettings: strict),

        // What tests of several targets share.
        room("ReenactTesting", path: "Tests/ReenactTesting"),
        room(
            "ReenactWireTesting", ["ReenactTimeline", "ReenactWire", "ReenactTesting"], path: "Tests/ReenactWireTesting"
        ),
        // Cases for tests, built in Swift.
        room("ReenactSamples", ["ReenactTimeline"], path: "Tests/Samples"),

        tests("ReenactTimeline"),
        tests("ReenactLinux", ["CLinux"]),
        tests("ReenactCoding", ["CZlib", "ReenactTesting"]),
        tests("ReenactHTTP", ["ReenactWire", "ReenactTimeline", "ReenactTesting", "ReenactWireTesting"]),
        tests("ReenactPostgres", ["ReenactWire", "ReenactTimeline", "ReenactTesting", "ReenactWireTesting"]),
        tests("ReenactRedis", ["ReenactWire", "ReenactTimeline", "ReenactTesting", "ReenactWireTesting"]),
        tests("ReenactDNS", ["ReenactWire", "ReenactTimeline", "ReenactTesting", "ReenactWireTesting"]),
        tests("ReenactMySQL", ["ReenactWire", "ReenactTimeline", "ReenactTesting", "ReenactWireTesting"]),
        tests("ReenactMemcached", ["ReenactWire", "ReenactTimeline", "ReenactTesting", "ReenactWireTesting"]),
        tests("ReenactRaw", ["ReenactWire", "ReenactTimeline", "ReenactTesting", "ReenactWireTesting"]),
        tests("ReenactCaseFile", ["ReenactTimeline", "ReenactSamples", "ReenactTesting"]),
        tests("ReenactTLS", ["ReenactTesting", "ReenactTimeline"]),
        tests("ReenactFixtures", ["ReenactTimeline", "ReenactTesting"]),
        tests("ReenactSandbox"),
        tests(
            "ReenactRunner",
            [
                "ReenactTimeline", "ReenactStubs", "ReenactWire", "ReenactLinux", "ReenactHTTP", "ReenactTLS",
                "ReenactProtocols", "CLinux", "reenact-runner",
            ]
        ),
        tests(
            "ReenactCapture",
            [
                "ReenactTimeline", "ReenactWire", "ReenactProtocols", "ReenactTLS", "ReenactLinux", "ReenactSamples",
                "ReenactTesting",
            ]),
        tests("ReenactTriage", ["ReenactTimeline", "ReenactSamples"]),
        tests(
            "ReenactReproduction",
            [
                "ReenactTimeline", "ReenactWire", "ReenactSandbox", "ReenactRunner", "ReenactLinux", "ReenactProtocols",
                "ReenactStubs", "ReenactMySQL", "ReenactFixtures", "ReenactCaseFile", "reenact-runner",
            ]
        ),
        tests(
            "ReenactCommands",
            [
                "ReenactTimeline", "ReenactCaseFile", "ReenactTriage", "ReenactStore", "ReenactSamples",
                "ReenactReproduction", "ReenactExecution",
            ]
        ),
        tests("ReenactExecution", ["CTrace", "CZlib", "ReenactLinux"]),
        .testTarget(name: "ReenactHooksTests", exclude: ["Programs"], swiftSettings: strict),
        .testTarget(name: "ReenactTidyTests", swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
