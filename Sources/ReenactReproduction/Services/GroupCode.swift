import ReenactTimeline

/// Which service each `--code` is for.
struct GroupCode {
    /// By the member's number: `DIR` or `DIR=RECORDED`.
    private(set) var texts: [Int: String] = [:]

    /// - Parameter given: `NAME=DIR`, `NAME=DIR=RECORDED`, or a directory alone, which is tried on every service.
    /// - Throws: `ReproductionError` that says what to write instead.
    init(_ given: [String], _ group: ServiceGroup, host: HostView) throws(ReproductionError) {
        for text in given {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            let number: Int
            let directory: String
            if parts.count == 2, let named = group.number(of: parts[0]) {
                (number, directory) = (named, parts[1])
            } else {
                (number, directory) = (try Self.fitting(text, group, host), text)
            }
            guard texts[number] == nil else {
                throw ReproductionError(.code, "--code is given twice for \(group.members[number].name); give it once.")
            }
            texts[number] = directory
        }
    }

    private static func fitting(
        _ text: String, _ group: ServiceGroup, _ host: HostView
    ) throws(ReproductionError) -> Int {
        var fitting: [Int] = []
        for (number, member) in group.members.enumerated() {
            let inference = CodeInference(environment: member.failure.environment, host: host)
            if (try? inference.replacement(text)) != nil { fitting.append(number) }
        }
        if fitting.count == 1 { return fitting[0] }
        let names = group.members.map(\.name).joined(separator: ", ")
        let why = fitting.isEmpty ? "fits none of the services" : "fits several services"
        throw ReproductionError(
            .code,
            "--code \(text) \(why). Say whose it is, NAME=DIR or NAME=DIR=RECORDED; the services are \(names).")
    }
}
