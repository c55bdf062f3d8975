import Foundation
import Testing

/// What Package.swift says of the targets, read from its text: `swift package` would wait for the build's own lock.
struct Manifest {
    struct Target {
        var name: String
        var dependencies: Set<String>
        /// Where its sources are, from the root.
        var path: String
        var isTest: Bool
    }

    let targets: [String: Target]

    init() throws {
        let file = try #require(Repository.read("Package.swift"))
        let text = file.lines.map(\.code).joined(separator: "\n")
        let protocols = Manifest.strings(in: Manifest.between("let protocols: [Target.Dependency] = [", "]", text))
        let list = text.components(separatedBy: "    targets: [").last ?? ""
        var found: [String: Target] = [:]
        for call in Manifest.calls(in: list) {
            let target = Manifest.target(call, protocols: protocols)
            found[target.name] = target
        }
        targets = found
    }

    private struct Call {
        var name: String
        var arguments: String
    }

    /// Calls that make a target, outermost ones.
    private static func calls(in text: String) -> [Call] {
        var result: [Call] = []
        var rest = text[...]
        let makers = ["room", "proto", "tests", ".executableTarget", ".target", ".testTarget", ".systemLibrary"]
        while let open = rest.firstIndex(of: "(") {
            let before = rest[..<open]
            let name = String(before.reversed().prefix { $0.isLetter || $0 == "." }.reversed())
            var depth = 0
            var end = open
            for index in rest[open...].indices {
                if rest[index] == "(" { depth += 1 }
                if rest[index] == ")" { depth -= 1 }
                end = index
                if depth == 0 { break }
            }
            if makers.contains(name) {
                result.append(Call(name: name, arguments: String(rest[rest.index(after: open)..<end])))
            }
            rest = rest[end...].dropFirst()
        }
        return result
    }

    private static func target(_ call: Call, protocols: [String]) -> Target {
        var words = strings(in: call.arguments)
        var path = between("path: \"", "\"", call.arguments)
        if !path.isEmpty, let index = words.lastIndex(of: path) { words.remove(at: index) }
        let short = words.removeFirst()
        var dependencies = Set(words)
        if call.arguments.contains("protocols") { dependencies.formUnion(protocols) }
        switch call.name {
        case "proto":
            dependencies.formUnion(["ReenactTimeline", "ReenactWire"])
            return Target(
                name: "Reenact\(short)", dependencies: dependencies, path: "Sources/Protocols/\(short)", isTest: false)
        case "tests":
            dependencies.insert(short)
            return Target(name: "\(short)Tests", dependencies: dependencies, path: "Tests/\(short)Tests", isTest: true)
        default:
            let isTest = call.name == ".testTarget"
            if path.isEmpty { path = "\(isTest ? "Tests" : "Sources")/\(short)" }
            return Target(
                name: short, dependencies: dependencies, path: path, isTest: isTest || path.hasPrefix("Tests/"))
        }
    }

    private static func strings(in text: String) -> [String] {
        text.components(separatedBy: "\"").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
    }

    private static func between(_ start: String, _ end: String, _ text: String) -> String {
        guard let begin = text.range(of: start) else { return "" }
        let rest = text[begin.upperBound...]
        return String(rest[..<(rest.range(of: end)?.lowerBound ?? rest.endIndex)])
    }
}
