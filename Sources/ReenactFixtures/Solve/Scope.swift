/// What a name in FROM stands for while one combination of rows is looked at.
enum Binding {
    case row(Int)
    /// The partner that an outer join did not find.
    case absent(table: Int)
    /// A subquery's or common table's columns, in order.
    case derived([(name: String, term: Term)])
    /// Not chosen yet.
    case open(table: Int)
}

/// The sources of one SELECT; an inner query sees its own first, then those around it.
struct Scope {
    var sources: [(alias: String, binding: Binding)] = []
    /// Subqueries in FROM that are yet to return those columns.
    var pending: [Pending] = []

    /// Functions in FROM that are yet to return those columns.
    var drawn: [Drawn] = []

    struct Drawn {
        var function: SQLExpr
        var columns: [Term]
    }

    struct Pending {
        var query: SQLQuery
        var columns: [Term]
        /// They must come from rows of their own.
        var isFresh = false
        /// A common table within itself: the step before may be there.
        var isStep = false
    }
}
