import Foundation

/// Where Reenact's own parts are.
public enum Installation {
    /// A part that is missing.
    public struct Missing: Error, CustomStringConvertible {
        public var description: String
    }

    /// The directory of this executable.
    static var directory: String {
        let path =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return (path as NSString).deletingLastPathComponent
    }

    /// The directory that holds `libreenact-preload.so`, `python/` and `node/`.
    ///
    /// `$REENACT_HOOKS`; else beside an installed executable (`../share/reenact/hooks`); else in the build directory.
    public static func hooks() throws -> String {
        let candidates =
            [ProcessInfo.processInfo.environment["REENACT_HOOKS_DIRECTORY"]].compactMap { $0 } + [
                "\(directory)/../share/reenact/hooks", "\(directory)/../../hooks", "\(directory)/hooks",
            ]
        for candidate in candidates
        where FileManager.default.fileExists(atPath: "\(candidate)/libreenact-preload.so") {
            return (candidate as NSString).standardizingPath
        }
        throw Missing(
            description: "the hooks are not built (no libreenact-preload.so in \(candidates.joined(separator: ", "))); "
                + "run scripts/build, or record with --no-hooks")
    }

    /// The program that works inside a sandbox.
    public static func runner() throws -> String {
        let candidates =
            [ProcessInfo.processInfo.environment["REENACT_RUNNER"]].compactMap { $0 } + [
                "\(directory)/reenact-runner", "\(directory)/../libexec/reenact-runner",
            ]
        for candidate in candidates where FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        throw Missing(
            description:
                "reenact-runner is missing (looked at \(candidates.joined(separator: ", "))); run scripts/build")
    }
}
