/// What errors tell of keys: a constraint that was violated is there.
extension SchemaReader {
    mutating func takeRefusal(_ statement: CaseStatement) {
        guard let refusal = statement.refusal else { return }
        switch dialect {
        case .postgres: takePostgres(refusal)
        case .sqlite: takeSQLite(refusal)
        }
    }

    /// Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
    private mutating func takePostgres(_ refusal: CaseStatement.Refusal) {
        guard !refusal.table.isEmpty, draft[refusal.table]?.definition == nil else { return }
        switch refusal.code {
        case "23505":
            // Key (email)=(ada@example.com) already exists.
            let key = Self.names(in: refusal.detail)
            guard !key.isEmpty, !key.contains(where: { $0.contains("(") }) else { return }
            addUnique(refusal.table, key, refusal.constraint)
        case "23502":
            draft.see(refusal.table, refusal.column)
            draft.change(refusal.table) { known in
                if let place = known.place(refusal.column) { known.columns[place].isNotNull = true }
            }
        default: break
        }
    }

    /// `UNIQUE constraint failed: users.email, users.site`; `NOT NULL constraint failed: users.name`.
    private mutating func takeSQLite(_ refusal: CaseStatement.Refusal) {
        guard let colon = refusal.message.utf8.firstIndex(of: UInt8(ascii: ":")) else { return }
        let what = refusal.message[..<colon]
        let places = refusal.message[colon...].dropFirst().split(separator: ",").map {
            String($0).trimmingBlanks.split(separator: ".").map(String.init)
        }
        guard let table = places.first?.first, places.allSatisfy({ $0.count == 2 && $0[0] == table }),
            draft[table]?.definition == nil
        else { return }
        let key = places.map { $0[1] }
        for column in key { draft.see(table, column) }
        if what.hasPrefix("UNIQUE") { addUnique(table, key, "") }
        if what.hasPrefix("NOT NULL") {
            draft.change(table) { known in
                if let place = known.place(key[0]) { known.columns[place].isNotNull = true }
            }
        }
    }

    private mutating func addUnique(_ table: String, _ key: [String], _ name: String) {
        for column in key { draft.see(table, column) }
        draft.change(table) { known in
            if name.hasSuffix("_pkey") {
                known.primary = key
            } else if !known.unique.contains(key), known.primary != key {
                known.unique.append(key)
                known.uniqueNames.append(name)
            }
        }
    }

    /// The names in the first parentheses.
    private static func names(in detail: String) -> [String] {
        guard let open = detail.firstIndex(of: "("), let close = detail.ranges(of: ")=(").first?.lowerBound,
            open < close
        else { return [] }
        return detail[detail.index(after: open)..<close].split(separator: ",").map {
            String($0).trimmingBlanks.replacing("\"", with: "")
        }
    }
}
