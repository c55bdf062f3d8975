import ReenactTimeline

extension CasePage {
    private static let rowsShown = 4
    private static let bodyLinesMax = 4

    private static let contentsMax = 200

    /// What the explaining events brought: the page, the row, the reply itself, as far as it fits. Where nothing explains
    /// the failure, what came last before it, and what set it off.
    mutating func addEvidence() {
        let evidence = shown.verdict.evidence
        let isExplained = shown.verdict.tier == .known || shown.verdict.tier == .selfEvident
        let events = all ? evidence[...] : evidence.prefix(isExplained ? 3 : 2)
        let trigger = isExplained ? [] : [failure.trigger.event].compactMap(\.self).filter { !events.contains($0) }
        for id in events + trigger {
            if let event = failure.event(id) { addContents(of: event, mark: events.contains(id) ? "▶" : "·") }
        }
    }

    /// With `--all`: heads and contents of every other call of the failing work.
    mutating func addContents() {
        guard all else { return }
        let told = Set(shown.verdict.evidence)
        let events = failure.events.filter {
            [.failing, .ambiguous].contains($0.phase) && [.request, .call, .statement].contains($0.kind)
                && !told.contains($0.id)
        }
        guard !events.isEmpty else { return }
        page.heading("CONTENTS")
        for event in events.prefix(Self.contentsMax) { addContents(of: event, mark: " ") }
        if events.count > Self.contentsMax { page.line(("  … \(events.count - Self.contentsMax) more", .faint)) }
    }

    private mutating func addContents(of event: Event, mark: String) {
        let detail = event.detail
        let came = event.result.isEmpty ? event.outcome.rawValue : event.result
        page.line()
        page.line(
            ("  \(mark) ", .mark), ("event \(event.id)  ", .faint),
            (Terminal.fit(summary(event), page.width - 30), .plain),
            ("  \(Terminal.fit(Terminal.oneLine(came), 40))", .faint))
        if all, detail["sql"] != nil, let params = detail["params"]?.array, !params.isEmpty { addParameters(params) }
        if let error = detail["error"], error != .null {
            let text = error["message"]?.string ?? error.string ?? ""
            page.paragraph(
                [text, error["detail"]?.string ?? ""].filter { !$0.isEmpty }.joined(separator: " "), indent: 6, .bad
            )
        } else if let rows = detail["rows"]?.array, !rows.isEmpty {
            addRows(rows, detail)
        } else if let params = detail["params"]?.array, !params.isEmpty {
            if !all { addParameters(params) }
        } else if let reply = detail["reply"], detail["command"] != nil {
            // Short replies stand in the line above already.
            guard Self.cell(reply) != Terminal.oneLine(came) else { return }
            page.line(("      reply:", .faint))
            addText(Self.cell(reply))
        } else if detail["method"] != nil {
            let isRequest = event.kind == .request
            if all { addHead(detail[isRequest ? "requestHeaders" : "responseHeaders"]) }
            addBody(isRequest ? detail["requestBody"] : detail["responseBody"], isRequest: isRequest)
        }
    }

    private mutating func addParameters(_ params: [JSONValue]) {
        let text = params.map(Self.cell).joined(separator: ", ")
        page.line(("      parameters: ", .faint), (Terminal.fit(text, page.width - 18), .plain))
    }

    private mutating func addHead(_ fields: JSONValue?) {
        for field in fields?.array ?? [] {
            let (name, value) = (field[0]?.string ?? "", field[1]?.string ?? "")
            page.line(
                ("      " + Terminal.oneLine(name) + ": ", .faint),
                (Terminal.fit(Terminal.oneLine(value), max(page.width - 10 - name.count, 20)), .plain))
        }
    }

    private mutating func addBody(_ body: JSONValue?, isRequest: Bool) {
        let type = body?["contentType"]?.string ?? ""
        guard let text = BodyText.read(body), !text.isEmpty else {
            let length = body?["length"]?.integer ?? 0
            // Most requests have none, and the line above says what they asked.
            if length == 0, isRequest { return }
            page.line(
                (length == 0 ? "      (empty)" : "      (\(length) bytes, \(type.isEmpty ? "binary" : type))", .faint))
            return
        }
        if !type.isEmpty { page.line(("      " + Terminal.fit(Terminal.oneLine(type), page.width - 6), .faint)) }
        addText(text)
    }

    /// A long text in a few lines: those with what the verdict quotes of it, else the first.
    private mutating func addText(_ text: String) {
        let lines = Terminal.wrap(Terminal.oneLine(text), page.width - 6)
        let limit = all ? 40 : Self.bodyLinesMax
        var first = 0
        if lines.count > limit {
            let told = quoted(in: shown.verdict.sentence)
            let place = told.lazy.compactMap { word in lines.firstIndex { $0.contains(word) } }.first ?? 0
            first = min(max(place - limit / 2, 0), lines.count - limit)
        }
        if first > 0 { page.line(("      …", .faint)) }
        for line in lines.dropFirst(first).prefix(limit) { page.line(("      " + line, .plain)) }
        if lines.count > first + limit || text.count > 4000 { page.line(("      …", .faint)) }
    }

    /// What a sentence puts between quotation marks or back-quotes, the longest first.
    private func quoted(in sentence: String) -> [String] {
        ["\"", "`"].flatMap { mark in
            sentence.split(separator: mark, omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset % 2 == 1 && $0.element.count > 1 }.map { String($0.element) }
        }.sorted { $0.count > $1.count }
    }

    /// Each row as `column = value`, empty cells marked, since columns rarely fit side by side.
    private mutating func addRows(_ rows: [JSONValue], _ detail: JSONValue) {
        let names = (detail["columns"]?.array ?? []).map { $0.string ?? $0["name"]?.string ?? "" }
        let limit = all ? 50 : Self.rowsShown
        for (number, row) in rows.prefix(limit).enumerated() {
            var pieces: [(String, Page.Style)] = [(rows.count > 1 ? "      \(number + 1): " : "      ", .faint)]
            var used = 9
            for (place, value) in (row.array ?? []).enumerated() {
                let name = names.indices.contains(place) ? Terminal.oneLine(names[place]) : "\(place + 1)"
                let text = Terminal.fit(Self.cell(value), 40)
                let cost = Terminal.width(name) + Terminal.width(text) + 3
                if used + cost > page.width {
                    page.line(pieces)
                    pieces = [("         ", .plain)]
                    used = 9
                }
                pieces += [(name + "=", .faint), (text, value == .null ? .mark : .plain), ("  ", .plain)]
                used += cost
            }
            page.line(pieces)
        }
        let total = Int(clamping: detail["rowCount"]?.integer ?? Int64(rows.count))
        if total > limit { page.line(("      … \(total - limit) more rows", .faint)) }
    }

    private static func cell(_ value: JSONValue) -> String {
        switch value {
        case .null: "NULL"
        case .string(let text): Terminal.oneLine(text)
        // A real number without a fraction, as the hooks write it.
        case .object(let members) where members.count == 1 && members["f"]?.integer != nil:
            "\(members["f"]?.integer ?? 0).0"
        default: Terminal.oneLine((try? JSONText.encode(value)) ?? "")
        }
    }
}
