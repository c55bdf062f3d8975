import ReenactWire

/// Which errors of the real server are the statement's own, and which tell of what the recording does not hold.
extension PostgresShadow {
    /// Why an error tells of the recording's gaps rather than of the statement; nil where it is the statement's own.
    ///
    /// Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
    func ignorance(_ error: ServerReport, _ survey: SQLSurvey) -> String? {
        let gap = "the recording does not tell enough for a real server to answer: \(error.message)"
        switch error.code {
        case "42P01":
            // A table whose making is recorded and still to come is truly not there yet.
            let named = survey.tables.filter { error.message.contains("\($0)\"") }
            return !named.isEmpty && named.isSubset(of: made) ? nil : gap
        case "42703", "42883", "42804", "42P10":
            return !survey.tables.isEmpty && survey.tables.isSubset(of: made) ? nil : gap
        case "42704", "3F000", "3D000": return gap
        case "55P03", "57014": return "\(error.message), in a real server beside the recording"
        default: return nil
        }
    }
}
