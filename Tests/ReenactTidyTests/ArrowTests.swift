import Testing

/// The rooms of the house, and which way the arrows point: `docs/architecture.md` has the table of layers.
struct ArrowTests {
    let manifest: Manifest
    let layers: [String: Int]

    init() throws {
        manifest = try Manifest()
        layers = try ArrowTests.layersOfDocument()
    }

    /// Rows `| 2 | ReenactStubs, … | … |` of the table.
    private static func layersOfDocument() throws -> [String: Int] {
        let document = try #require(Repository.read("docs/architecture.md"))
        var layers: [String: Int] = [:]
        for line in document.lines {
            let cells = line.split(separator: "|").map { $0.filter { $0 != "`" && $0 != " " } }
            guard cells.count >= 2, let layer = Int(cells[0]) else { continue }
            for name in cells[1].split(separator: ",") { layers[String(name)] = layer }
        }
        return layers
    }

    @Test func `every target has a layer`() {
        let missing = manifest.targets.values.filter { !$0.isTest && layers[$0.name] == nil }.map(\.name).sorted()
        #expect(missing.isEmpty, "add them to the table in docs/architecture.md: \(missing)")
        #expect(manifest.targets.count > 30)
    }

    @Test func `a target depends on its own layer and lower ones`() {
        for target in manifest.targets.values where !target.isTest {
            guard let own = layers[target.name] else { continue }
            let above = target.dependencies.filter { layers[$0] ?? 0 > own }.sorted()
            #expect(above.isEmpty, "\(target.name) (layer \(own)) must not depend on \(above)")
        }
    }

    @Test func `every import is of a declared dependency`() {
        let system: Set = [
            "Glibc", "Musl", "Foundation", "FoundationEssentials", "Synchronization", "Testing", "Dispatch", "Swift",
        ]
        for target in manifest.targets.values {
            for file in Repository.files(in: [target.path], named: [".swift"]) {
                for module in file.linesOfCode.compactMap(ArrowTests.imported) where !system.contains(module) {
                    #expect(
                        target.dependencies.contains(module) || module == target.name,
                        "\(file.path) imports \(module), which Package.swift does not give to \(target.name)")
                }
            }
        }
    }

    private static func imported(_ line: String) -> String? {
        var words = line.code.split(separator: " ").map(String.init)
        while let first = words.first, first.hasPrefix("@") || ["public", "internal", "package"].contains(first) {
            words.removeFirst()
        }
        guard words.first == "import", let module = words.last else { return nil }
        return String(module.prefix { $0 != "." })
    }
}
