extension PostgresStub.Step {
    /// As the recorder names it.
    var name: String {
        switch self {
        case .parse(let sql): "parse \(sql.exact)"
        case .bind(let sql): "bind \(sql.exact)"
        case .describeStatement(let sql, _): "describe \(sql.exact)"
        case .describePortal(let portal): "describe portal \(portal.sql.exact)"
        case .describeCursor(let name): "describe cursor \(name)"
        case .close(let sql): sql.map { "close \($0.exact)" } ?? "close portal"
        }
    }

    var isParse: Bool { if case .parse = self { true } else { false } }
    var isBind: Bool { if case .bind = self { true } else { false } }
}
