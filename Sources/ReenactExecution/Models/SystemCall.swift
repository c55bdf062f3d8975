/// What the recorder has to know of a system call: one row of the tables beside this file.
struct SystemCall: Sendable {
    var number: Int
    var name: String
    /// Names of the arguments, for people.
    var arguments: String
    /// Memory that the kernel writes.
    var outputs: [Output]
    var conduct: Conduct
    /// Another task may have to go on before it returns.
    var mayWait: Bool

    /// How a replay treats it.
    enum Conduct: Sendable, Equatable {
        /// Not executed: the recorded result and output are put in place.
        case emulated
        /// Executed, with the recorded addresses: it changes the memory map.
        case memory
        case birth
        case exec
        case end
        /// The program is told, in the recording already, that the kernel has no such call.
        case denied(errno: Int64, reason: String)
        /// Not in the table: what it changed is found by comparing all memory.
        case unknown
    }

    /// Where the kernel writes. Indices are those of the arguments.
    enum Output: Sendable, Equatable {
        /// So many bytes, on success.
        case bytes(Int, Int)
        /// So many bytes, whatever the result.
        case always(Int, Int)
        /// result × unit bytes; at most as many as the argument `limit` says.
        case result(Int, unit: Int, limit: Int)
        /// count × unit bytes, whatever the result.
        case array(Int, unit: Int, count: Int)
        /// A buffer whose length the kernel writes to another pointer (32 bits): addresses, options.
        case sized(Int, length: Int)
        /// Result bytes, spread over an array of iovec.
        case vectors(Int, count: Int)
        /// A msghdr with all it points to.
        case message(Int)
        case messages(Int, count: Int)
        /// Three sets of descriptors and the rest of the timeout.
        case descriptorSets
        /// Depends on a command or request among the arguments.
        case byCommand
    }

    static func row(
        _ number: Int, _ name: String, _ arguments: String, _ outputs: [Output] = [], _ conduct: Conduct = .emulated,
        waits: Bool = false
    ) -> SystemCall {
        SystemCall(
            number: number, name: name, arguments: arguments, outputs: outputs, conduct: conduct, mayWait: waits)
    }
}

enum SystemCalls {
    private static let table: [SystemCall?] = {
        var table = [SystemCall?](repeating: nil, count: 512)
        for row in files + descriptors + sockets + memory + processes + signals + time + system {
            precondition(table[row.number] == nil, "two rows for system call \(row.number)")
            table[row.number] = row
        }
        return table
    }()

    /// The row of a number; one that says `unknown` where the tables have none.
    static func model(_ number: Int) -> SystemCall {
        if table.indices.contains(number), let row = table[number] { return row }
        return .row(number, "syscall_\(number)", "", [], .unknown, waits: true)
    }

    static func name(_ number: Int) -> String { model(number).name }

    /// All rows, for tests.
    static var known: [SystemCall] { table.compactMap { $0 } }
}
