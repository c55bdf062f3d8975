/// Where values of invented rows are put among the recorded ones.
enum FillMode: Sendable, CaseIterable {
    /// NULL where that is allowed, else the plainest value of the type.
    case plain
    /// Behind the last row of every page that ended at its LIMIT.
    case fence
    /// Below everything recorded in that column.
    case low
    /// Above everything recorded in that column.
    case high
}
