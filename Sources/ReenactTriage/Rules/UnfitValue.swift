import ReenactTimeline

/// A value of the right kind that the program can't go on with: an empty list whose first element it takes, a zero that
/// it divides by, a text that is no number.
public struct UnfitValue: Rule {
    public static let name = "unfit-value"
    public static let precondition =
        "the exception is about an empty list, a division by zero or a text that can't be read, and names no value"
    public static let evidence = "the failing line reads a value by a name under which an answer holds just such a one"
    public static let counterEvidence = "the value came with the request"

    private static let answersMax = 60

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        if let odd = notFinite(look) ?? noTime(look) { return [odd] }
        guard Self.isOurs(look), !look.answers.isEmpty || !look.inputs.parts.isEmpty else { return [] }
        // A library's line knows no names; the program's own does.
        let frames = [look.frames.first { !$0.source.isEmpty }, look.site].compactMap(\.self)
        for frame in frames {
            let found = judge(look, frame)
            if !found.isEmpty { return found }
        }
        return handedOn(look)
    }

    /// NaN or infinity, where the code has no use for them.
    private func notFinite(_ look: Look) -> Finding? {
        guard look.complaint.mentions(["json compliant", "float nan", "float infinity", "nan to integer", "is nan"])
        else {
            return nil
        }
        for answer in look.answers.prefix(Self.answersMax) where (answer.http?.status ?? 200) < 400 {
            let odd = answer.leaves.first { ValueForm($0.value) == .notFinite } ?? answer.http?.notFinite
            guard let odd else { continue }
            return Finding(
                "malformed-answer", .dependency, evidence: [answer.event.id],
                confidence: look.distance(answer.event) <= 3 ? 0.88 : 0.75,
                "\(Phrase.call(answer, look.failure)) \(Self.came(answer)) \(odd.text) in \(Phrase.quote(odd.path)); \(Phrase.doing(look)) raised \(Phrase.exception(look))."
            )
        }
        return nil
    }

    /// A cell that the code takes for a date, and that is none: MySQL's `0000-00-00`; or for a text, and it is a number.
    private func noTime(_ look: Look) -> Finding? {
        guard look.answers.prefix(Self.answersMax).contains(where: { $0.sql != nil }) else { return nil }
        for kind in ExpectedKind.all(look) {
            for answer in look.answers.prefix(Self.answersMax) where answer.sql?.error == nil && answer.sql != nil {
                let rows = answer.documents
                let misfits = rows.compactMap { kind.misfit(in: $0) }
                guard let odd = misfits.first, let row = rows.firstIndex(where: { kind.misfit(in: $0) != nil }) else {
                    continue
                }
                return Finding(
                    "malformed-answer", .dependency, evidence: [answer.event.id],
                    confidence: misfits.count < rows.count ? 0.87 : rows.count == 1 && !kind.isTime ? 0.76 : 0.7,
                    "\(Phrase.call(answer, look.failure)) returned \(Phrase.quote(Leaf(path: "", name: "", value: odd.value).text, 40)) in `\(Phrase.clean(kind.name))` of row \(row + 1), which is \(kind.isTime ? "no date" : ExpectedKind.name(of: odd.value)); \(Phrase.doing(look)) raised \(Phrase.exception(look))."
                )
            }
        }
        return nil
    }

    private static func came(_ answer: Answer) -> String {
        answer.http.map { "answered \($0.status ?? 200) with" } ?? "returned"
    }

    private static let divisions = [
        "division by zero", "modulo by zero", "divide by zero", "dividebyzero", "divisionbyzero",
    ]

    /// Reading lines costs more than reading complaints, and most are not about values like these.
    private static func isOurs(_ look: Look) -> Bool {
        look.complaint.isAboutNothing || isAboutEmpty(look) || look.complaint.mentions(divisions)
            || look.complaint.isAboutParsing
    }

    /// A text that can't be read was read by a caller: `started = parse(job.get('started_at'))`.
    private func handedOn(_ look: Look) -> [Finding] {
        guard look.complaint.isAboutParsing, !look.complaint.isAboutNothing else { return [] }
        for frame in look.frames.prefix(8) where !frame.source.isEmpty {
            let reads = Self.reads(frame).filter { read in
                read.value?.string.map { text in
                    look.message.contains("'\(text)'") || look.message.contains("\"\(text)\"")
                } ?? false
            }
            let found = first(look, reads, "malformed-answer", "a value that can't be read in") { value, read in
                value.string != nil && value == read.value
            }
            if !found.isEmpty { return found }
        }
        return []
    }

    private func judge(_ look: Look, _ frame: ExceptionRecord.Frame) -> [Finding] {
        let reads = Self.reads(frame)
        if let list = EmptyList.read(in: frame), !list.name.isEmpty,
            Self.isAboutEmpty(look) || look.complaint.isAboutNothing
        {
            return first(look, [Read(name: list.name, value: .array([]))], "empty-list", "an empty list in") {
                value, _ in
                value == .array([])
            }
        }
        if Self.isAboutEmpty(look) {
            let named = first(look, reads, "empty-list", "an empty list in") { value, _ in value == .array([]) }
            return named.isEmpty ? nothingListed(look, frame) : named
        }
        if look.complaint.mentions(Self.divisions) {
            let divisors = Self.divisors(frame.source).union(Self.secondArguments(frame))
            let named = reads.filter { divisors.contains($0.name) }
            let found = first(look, named.isEmpty ? reads : named, "zero-value", "0 in") { value, _ in
                value == .integer(0) || value == .number(0) || value.string.flatMap(Double.init) == 0
            }
            return found.isEmpty && Self.dividesByCount(frame.source) ? countedNothing(look) : found
        }
        guard look.complaint.isAboutParsing, !look.complaint.isAboutNothing else { return [] }
        if let asked = asked(look, frame) { return [asked] }
        // Values that the line only passes by are not what could not be read.
        let converted = Self.converted(frame.source)
        let held = reads.filter { read in
            read.value?.string.map { converted.contains(read.name) || look.message.contains($0) && $0.count > 1 }
                ?? false
        }
        return first(look, held, "malformed-answer", "a value that can't be read in") {
            value, read in
            value.string != nil && value == read.value && Double(value.string ?? "") == nil
                // A date that there is is not what a reader of dates refused, unless it says so.
                && (ValueForm(value) != .date || look.message.contains(value.string ?? ""))
        }
    }

    /// What functions that read numbers, dates or documents out of texts are called.
    private static let converters = [
        "int(", "float(", "Decimal(", "Fraction(", "isoformat(", "parse(", "parseInt(", "parseFloat(", "strptime(",
        "strtotime(", "timestamp(", "Date(", "Time(", "date(", "loads(", "decode(", "Number(", "BigInt(", "valueOf(",
        "UUID(", "uuid(", "Integer(", "Float(", "Immutable(", "to_datetime(", "atoi(", "split(", "from(",
    ]

    /// Names that a line hands right to one of these.
    private static func converted(_ source: String) -> Set<String> {
        var names: Set<String> = []
        for converter in converters {
            var rest = source.prefix(600)
            while let range = rest.range(of: converter) {
                rest = rest[range.upperBound...]
                if let path = ReadPath.all(in: String(rest.prefix(120))).first { names.insert(path.name) }
            }
        }
        // `begins.split(":")`: what stands before.
        for path in ReadPath.all(in: source) where path.called.map({ converters.contains($0 + "(") }) ?? false {
            names.insert(path.name)
        }
        return names
    }

    /// The failing part reads just this out of the request: `date.fromisoformat(request.args["day"])`.
    private func asked(_ look: Look, _ frame: ExceptionRecord.Frame) -> Finding? {
        let names = Set(RequestNotation.reads(in: frame.source).map(\.name))
        // Where neither the part of the line is known nor the value shown, it may be about another thing.
        let shown = look.messages.flatMap { SourceText.quoted($0) }
        guard names.count == 1, let name = names.first, frame.expression != nil || !shown.isEmpty else { return nil }
        for part in look.inputs.parts {
            guard
                let member = Inputs.members(of: part.document).first(where: {
                    Inputs.isSame($0.name, name) && $0.value.string.map { !$0.isEmpty } ?? false
                })
            else { continue }
            guard shown.isEmpty || shown.contains(member.value.string ?? "") else { continue }
            let text = Phrase.quote(member.value.string ?? "", 40)
            return Finding(
                "malformed-input", .input, evidence: part.event.map { [$0] } ?? [], confidence: 0.82,
                "\(Phrase.input(look)) brought \(text) in \(Phrase.quote(member.path)), which can't be read; \(Phrase.doing(look)) raised \(Phrase.exception(look))."
            )
        }
        return nil
    }

    /// The failing part reads a variable that is an empty list, and an answer just before listed nothing.
    private func nothingListed(_ look: Look, _ frame: ExceptionRecord.Frame) -> [Finding] {
        let isHeld = ReadPath.all(in: frame.source).contains { path in
            path.steps.isEmpty
                && frame.locals.contains { $0.name == path.root && ["[]", "()", "{}", "set()"].contains($0.value) }
        }
        for answer in look.answers.prefix(isHeld ? 6 : 1) where answer.listsNothing {
            let distance = look.distance(answer.event)
            guard isHeld || frame.expression.map(Self.takesAnEnd) ?? false else { return [] }
            return [
                Finding(
                    "empty-list", .dependency, evidence: [answer.event.id],
                    confidence: !isHeld ? 0.78 : distance == 0 ? 0.86 : distance <= 2 ? 0.76 : 0.6,
                    "\(Phrase.call(answer, look.failure)) listed nothing; \(Phrase.doing(look)) raised \(Phrase.exception(look))."
                )
            ]
        }
        return []
    }

    /// What was counted is what an answer just before listed: nothing.
    private func countedNothing(_ look: Look) -> [Finding] {
        for answer in look.answers.prefix(3) {
            let isRowless = answer.sql.map { $0.error == nil && $0.verb == "SELECT" && $0.rowCount == 0 } ?? false
            guard isRowless || answer.listsNothing else { continue }
            let came = isRowless ? "found no row" : "listed nothing"
            return [
                Finding(
                    isRowless ? "missing-row" : "empty-list", isRowless ? .interaction : .dependency,
                    evidence: [answer.event.id], confidence: look.distance(answer.event) == 0 ? 0.84 : 0.74,
                    "\(Phrase.call(answer, look.failure)) \(came); \(Phrase.doing(look)) divided by how many there were (\(Phrase.exception(look)))."
                )
            ]
        }
        return []
    }

    /// `total / len(rows)`, `$sum / count($rows)`, `$total / @$rows`, `sum / rows.size`.
    private static func dividesByCount(_ source: String) -> Bool {
        var rest = source.prefix(600)
        while let sign = rest.firstIndex(where: { $0 == "/" || $0 == "%" }) {
            rest = rest[rest.index(after: sign)...]
            let divisor = rest.drop { $0 == " " || $0 == "(" }
            let counts = ["len(", "count(", "sizeof(", "scalar(", "scalar @", "@", "$#"]
            if counts.contains(where: divisor.hasPrefix) { return true }
            let path = divisor.prefix { $0.isLetter || $0.isNumber || "_$.@".contains($0) }
            if [".length", ".size", ".count", ".Count", ".Length"].contains(where: path.hasSuffix) { return true }
        }
        return false
    }

    /// The first of a list, the last, the greatest: what an empty one has not.
    private static func takesAnEnd(_ part: String) -> Bool {
        ["[0]", "[-1]", "max(", "min(", ".pop(", "next(", ".first", ".last"].contains(where: part.contains)
    }

    /// Names of what stands behind a division sign, outside of text literals.
    private static func divisors(_ source: String) -> Set<String> {
        var names: Set<String> = []
        var quote: Character?
        var rest = source[...]
        while let character = rest.popFirst() {
            if let open = quote {
                if character == open { quote = nil }
            } else if "'\"`".contains(character) {
                quote = character
            } else if character == "/", let next = rest.first, "*/".contains(next) {
                guard next == "*", let end = rest.range(of: "*/") else { break }
                rest = rest[end.upperBound...]
            } else if character == "/" || character == "%", let path = ReadPath.all(in: String(rest)).first {
                names.insert(path.name)
            }
        }
        return names
    }

    /// What functions that divide are given to divide by: `intdiv($a, $b['n'])`.
    private static func secondArguments(_ frame: ExceptionRecord.Frame) -> Set<String> {
        for name in ["intdiv(", "fdiv(", "fmod(", "divmod(", "floorDiv("] {
            guard let call = frame.source.range(of: name) else { continue }
            let given = frame.source[call.upperBound...].split(separator: ",", maxSplits: 1).dropFirst().first
            if let path = given.flatMap({ ReadPath.all(in: String($0)).first { !$0.steps.isEmpty } }) {
                return [path.name]
            }
        }
        return []
    }

    private static func isAboutEmpty(_ look: Look) -> Bool {
        look.complaint.isAboutEmptyList
            || look.complaint.mentions([
                "at least one data point", "empty iterable", "arg is an empty", "argument is empty", "reduce of empty",
                "undefined (reading '0')", "no elements",
            ])
    }

    private struct Read {
        var name: String
        /// Where the variable was seen and could be followed.
        var value: JSONValue?
    }

    /// What the line reads by name, with its value, and the names that it quotes.
    private static func reads(_ frame: ExceptionRecord.Frame) -> [Read] {
        var reads: [Read] = []
        for path in ReadPath.all(in: frame.source) {
            var path = path
            switch path.steps.last {
            case .index, .lookup: path.steps.removeLast()
            default: break
            }
            let local = frame.locals.first { $0.name == path.root && !$0.redacted }
            reads.append(
                Read(name: path.name, value: local.flatMap { PrintedValue.parse($0.value) }.flatMap(path.value)))
        }
        for quoted in SourceText.quoted(frame.source) where !reads.contains(where: { $0.name == quoted }) {
            reads.append(Read(name: quoted))
        }
        return reads
    }

    private func first(
        _ look: Look, _ reads: [Read], _ causeClass: String, _ what: String,
        where isUnfit: (JSONValue, Read) -> Bool
    ) -> [Finding] {
        for answer in look.answers.prefix(Self.answersMax) where (answer.http?.status ?? 200) < 400 {
            for document in answer.documents {
                for (path, name, value) in Inputs.members(of: document) {
                    // Mappers put the table's name before a column's.
                    guard
                        let read = reads.first(where: {
                            (name == $0.name || name.hasSuffix("_" + $0.name)) && isUnfit(value, $0)
                        })
                    else { continue }
                    // Another value was in hand under that name.
                    if let held = read.value, !isUnfit(held, read) { continue }
                    let isHeld = read.value != nil
                    let distance = look.distance(answer.event)
                    let confidence = (isHeld ? 0.9 : 0.78) - (distance > 5 ? 0.15 : 0)
                    let shown = value.string.map { " (\(Phrase.quote($0, 40)))" } ?? ""
                    return [
                        Finding(
                            causeClass, .dependency, evidence: [answer.event.id], confidence: confidence,
                            "\(Phrase.call(answer, look.failure)) \(Self.came(answer)) \(what) \(Phrase.quote(path))\(shown); \(Phrase.doing(look)) raised \(Phrase.exception(look))."
                        )
                    ]
                }
            }
        }
        return brought(look, reads, what, where: isUnfit)
    }

    /// The same of what the request, the job or the command brought.
    private func brought(
        _ look: Look, _ reads: [Read], _ what: String, where isUnfit: (JSONValue, Read) -> Bool
    ) -> [Finding] {
        for part in look.inputs.parts where part.kind != "headers" {
            for (path, name, value) in Inputs.members(of: part.document) {
                guard let read = reads.first(where: { Inputs.isSame(name, $0.name) && isUnfit(value, $0) }) else {
                    continue
                }
                if let held = read.value, !isUnfit(held, read) { continue }
                let shown = value.string.map { " (\(Phrase.quote($0, 40)))" } ?? ""
                return [
                    Finding(
                        "malformed-input", .input, evidence: part.event.map { [$0] } ?? [],
                        confidence: read.value != nil ? 0.88 : 0.76,
                        "\(Phrase.input(look)) brought \(what) \(Phrase.quote(path))\(shown); \(Phrase.doing(look)) raised \(Phrase.exception(look))."
                    )
                ]
            }
        }
        return []
    }
}
