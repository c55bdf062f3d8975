import ReenactTimeline

/// The very value that the failing part choked on, as its variables show it: followed step by step to where it goes
/// wrong.
struct FailedRead {
    enum Fault: Equatable {
        /// Its object has no such member.
        case missing
        case null
        /// Of a kind that can't be used so.
        case kind
        /// A text that can't be read or taken apart.
        case text
    }

    let fault: Fault
    /// The member, or the variable where that itself is the value.
    let name: String
    /// Nil where it is missing.
    let value: JSONValue?
    /// What stands beside it in the same object; nil where it was seen as a variable only.
    let beside: [String: JSONValue]?
    /// The variable's value by which it was picked: that may be the wrong one just as well.
    var key: String?
    /// Names that the lines around it read: where a variable was taken from.
    var around: Set<String> = []

    /// - Returns: nil where the part reads several that fit, or none.
    static func of(_ chain: [ExceptionRecord]) -> FailedRead? {
        for record in chain {
            if let spread = spread(record) { return spread }
            guard let want = Want(record) else { continue }
            let frames = record.frames.suffix(4).reversed().filter { !$0.source.isEmpty && !$0.locals.isEmpty }
            guard let frame = frames.first else { continue }
            var found: [FailedRead] = []
            for path in ReadPath.all(in: frame.source) {
                if let one = follow(path, in: frame, want), !found.contains(where: { $0.isSame(one) }) {
                    found.append(one)
                }
            }
            if found.count > 1 {
                let asked = found.filter { one in
                    ReadPath.all(in: frame.source).contains {
                        $0.called == want.asked && want.asked != nil && $0.name == one.name
                    }
                }
                if asked.count == 1 { found = asked }
            }
            guard found.count == 1 else { return nil }
            var read = iterated(found[0], record.frames) ?? found[0]
            // A variable that holds nothing: what the lines around it read tells where it was taken from.
            if read.fault == .null, read.beside == nil { read.around = names(in: record.frames.suffix(6)) }
            return read
        }
        return nil
    }

    /// `JobModel(**data)` without what the function wants: the members of a mapping are its arguments.
    private static func spread(_ record: ExceptionRecord) -> FailedRead? {
        guard record.message.contains(" required "), let range = record.message.range(of: "missing "),
            record.message.contains(" argument"), let frame = record.frames.last(where: { $0.source.contains("**") })
        else { return nil }
        let missing = SourceText.quoted(" " + record.message[range.upperBound...])
        guard let first = missing.first, let place = frame.source.range(of: "**"),
            let path = ReadPath.all(in: String(frame.source[place.upperBound...])).first,
            let local = frame.locals.first(where: { $0.name == path.root }), !local.redacted, !local.truncated,
            let members = PrintedValue.parse(local.value).flatMap(path.value)?.object, members[first] == nil
        else { return nil }
        return FailedRead(fault: .missing, name: first, value: nil, beside: members)
    }

    private static func names(in frames: ArraySlice<ExceptionRecord.Frame>) -> Set<String> {
        Set(
            frames.flatMap { frame in
                ReadPath.all(in: frame.source).flatMap(\.names) + SourceText.quoted(frame.source, limit: 20)
            })
    }

    /// A text of which members were read is a key of what was walked through: one object came instead of a list of them.
    private static func iterated(_ read: FailedRead, _ frames: [ExceptionRecord.Frame]) -> FailedRead? {
        guard read.fault == .kind, read.beside == nil, let key = read.value?.string else { return nil }
        for local in frames.suffix(3).reversed().flatMap(\.locals) where !local.redacted {
            guard let members = PrintedValue.parse(local.value)?.object, members[key] != nil, members.count > 1 else {
                continue
            }
            return FailedRead(fault: .kind, name: local.name, value: .object(members), beside: nil)
        }
        return nil
    }

    private func isSame(_ other: FailedRead) -> Bool {
        fault == other.fault && name == other.name && value == other.value && beside == other.beside
    }

    private static func follow(
        _ path: ReadPath, in frame: ExceptionRecord.Frame, _ want: Want
    ) -> FailedRead? {
        guard let local = frame.locals.first(where: { $0.name == path.root }), !local.redacted else { return nil }
        var steps = path.steps
        // `x.items` where `items` was asked of x: a part of a line ends before the call.
        if let asked = want.asked, steps.last == .key(asked), want.fault != .missing { steps.removeLast() }
        if steps.isEmpty || SourceText.isNothing(local.value) {
            guard want.fits(local.value, path.called) else { return nil }
            let value = PrintedValue.parse(local.value)
            guard want.fault == .null || value != nil, !local.truncated else { return nil }
            return FailedRead(
                fault: want.fault == .missing ? .null : want.fault, name: path.root, value: value ?? .null, beside: nil)
        }
        guard let root = PrintedValue.parse(local.value) else { return nil }
        var (value, name, beside): (JSONValue, String, [String: JSONValue]?) = (root, path.root, nil)
        var picked: String?
        for step in steps {
            // The value is used in a way that its kind does not allow.
            if want.fault == .kind, want.accepts(value), !canTake(step, of: value) {
                return FailedRead(fault: .kind, name: name, value: value, beside: beside)
            }
            switch step {
            case .key(let key):
                guard let members = value.object else { return nil }
                guard let member = members[key] else {
                    guard want.fault == .missing, !local.truncated, want.key.map({ $0 == key }) ?? true else {
                        return nil
                    }
                    return FailedRead(fault: .missing, name: key, value: nil, beside: members)
                }
                (value, name, beside) = (member, key, members)
            case .index(let index):
                // Too few parts: what they were taken from is looked for.
                if want.fault == .text, let list = value.array, !list.isEmpty, list.allSatisfy({ $0.string != nil }),
                    !list.indices.contains(index < 0 ? list.count + index : index)
                {
                    return FailedRead(fault: .text, name: name, value: value, beside: nil)
                }
                guard let list = value.array, list.indices.contains(index < 0 ? list.count + index : index) else {
                    return nil
                }
                (value, beside) = (list[index < 0 ? list.count + index : index], nil)
            case .lookup(let inner):
                guard let read = ReadPath.all(in: inner).first, read.called == nil,
                    let variable = frame.locals.first(where: { $0.name == read.root }), !variable.redacted,
                    let key = PrintedValue.parse(variable.value).flatMap(read.value)
                else { return nil }
                picked = FailedLookup.text(key)
                if let index = key.integer, let list = value.array, list.indices.contains(Int(index)) {
                    (value, beside) = (list[Int(index)], nil)
                } else if let text = FailedLookup.text(key), let members = value.object, let member = members[text] {
                    // Beside it stand the keys of a table, and none of its own members.
                    (value, name, beside) = (member, text, members)
                } else {
                    return nil
                }
            }
            if value == .null, want.fault == .null || want.fault == .missing {
                return FailedRead(
                    fault: .null, name: name, value: .null, beside: beside, key: picked)
            }
        }
        guard want.fault == .kind && want.accepts(value) || want.fault == .text && want.fits(value, path.called) else {
            return nil
        }
        return FailedRead(fault: want.fault, name: name, value: value, beside: beside, key: picked)
    }

    private static func canTake(_ step: ReadPath.Step, of value: JSONValue) -> Bool {
        switch step {
        case .key(let key): value.object?[key] != nil
        case .index, .lookup: value.array != nil || value.object != nil
        }
    }

    /// What a complaint says of the value.
    private struct Want {
        let fault: Fault
        /// The member that is missing, where the complaint names it.
        var key: String?
        /// What was asked of the value.
        var asked: String?
        private var kinds: Set<String> = []
        /// The text that could not be read; nil where the complaint does not show it.
        private var text: String?

        init?(_ record: ExceptionRecord) {
            let line = String(record.message.prefix { $0 != "\n" }.prefix(400))
            asked = MissingKey.read(line)
            if record.type == "KeyError" || record.type.hasSuffix(".KeyError") {
                guard let key = SourceText.quoted(line).first else { return nil }
                (fault, self.key, asked) = (.missing, key, nil)
            } else if line.contains("of undefined (reading '") || line.contains("undefined is not iterable") {
                fault = .missing
            } else if line.contains("of null (reading '") || line.contains("'NoneType' object") {
                fault = .null
            } else if line.contains("values to unpack (expected") || line.hasPrefix("list index out of range") {
                fault = .text
            } else if let shown = Self.unread(line) {
                (fault, text) = (.text, shown)
            } else {
                fault = .kind
                kinds = Self.kinds(line)
                if let range = line.range(of: " is not a function") {
                    asked = line[..<range.lowerBound].split(separator: ".").last.map(String.init)
                    // Nearly nothing has it; what it should have been can't be told from that.
                    kinds = Self.without(asked ?? "")
                }
                guard !kinds.isEmpty else { return nil }
            }
        }

        /// What could not be read stands last in such messages: `invalid literal for int() with base 10: 'N/A'`.
        private static func unread(_ line: String) -> String? {
            let phrases = [
                "invalid literal for", "could not convert string to float: ", "Invalid isoformat string: ",
                "Invalid literal for Fraction: ",
            ]
            guard phrases.contains(where: line.hasPrefix), let colon = line.range(of: ": ") else { return nil }
            return PrintedValue.parse(String(line[colon.upperBound...]))?.string
        }

        /// A text of which parts were asked that it has not.
        func fits(_ value: JSONValue, _ called: String?) -> Bool {
            guard let own = value.string else { return false }
            if let text { return own == text }
            return ["split", "rsplit", "splitlines"].contains(called ?? "")
        }

        func fits(_ printed: String, _ called: String?) -> Bool {
            switch fault {
            case .text: PrintedValue.parse(printed).map { fits($0, called) } ?? false
            case .missing: printed == "undefined"
            case .null: SourceText.isNothing(printed)
            case .kind: PrintedValue.parse(printed).map(accepts) ?? false
            }
        }

        func accepts(_ value: JSONValue) -> Bool { kinds.contains(Self.kind(value)) }

        private static func kind(_ value: JSONValue) -> String {
            switch value {
            case .null: "null"
            case .bool: "bool"
            case .integer, .number: "number"
            case .string: "str"
            case .array: "list"
            case .object: "dict"
            }
        }

        private static let names = [
            "str": "str", "int": "number", "float": "number", "list": "list", "dict": "dict", "bool": "bool",
            "tuple": "list", "NoneType": "null",
        ]

        private static func kinds(_ line: String) -> Set<String> {
            if line.contains("list indices must be") { return line.hasSuffix("not str") ? ["list"] : [] }
            if line.contains("string indices must be") { return ["str"] }
            if line.hasPrefix("unsupported type for timedelta"), let name = line.split(separator: " ").last {
                return Set([names[String(name)]].compactMap(\.self))
            }
            if line.hasPrefix("fromisoformat: argument must be str")
                || line.contains("strptime() argument 1 must be str")
            {
                return ["list", "dict", "number", "bool", "null"]
            }
            for phrase in ["' object", "unhashable type: '", "can only concatenate str (not \""]
            where line.contains(phrase) {
                guard let quoted = SourceText.quoted(" " + line).first, let name = names[quoted] else { return [] }
                return [name]
            }
            if line.contains("unsupported operand type(s)") || line.contains("not supported between instances of") {
                let found = SourceText.quoted(line).compactMap { names[$0] }
                // Where a text meets a number, the text is what came in the wrong form, or None.
                if found.contains("null") { return ["null"] }
                if found.contains("str") { return ["str"] }
                return Set(found.filter { $0 != "number" })
            }
            return []
        }

        private static func without(_ method: String) -> Set<String> {
            let ofLists: Set<String> = [
                "map", "filter", "forEach", "reduce", "some", "every", "find", "flatMap", "sort",
            ]
            let ofTexts: Set<String> = [
                "toLowerCase", "toUpperCase", "trim", "split", "startsWith", "endsWith", "replace", "padStart", "match",
                "padEnd", "charAt",
            ]
            if ofLists.contains(method) { return ["dict", "str", "number", "bool"] }
            if ofTexts.contains(method) { return ["dict", "list", "number", "bool"] }
            return method == "toFixed" ? ["str", "dict", "list", "bool"] : []
        }
    }
}

extension ReadPath {
    /// All names in it.
    var names: [String] { [root] + steps.compactMap { if case .key(let key) = $0 { key } else { nil } } }
}
