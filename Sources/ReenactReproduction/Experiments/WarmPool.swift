/// Programs that are started ahead, side by side, and used again and again.
actor WarmPool {
    private let start: @Sendable () async -> WarmProgram?
    private var starting: [Task<WarmProgram?, Never>] = []
    /// Used, and free.
    private var idle: [WarmProgram] = []
    /// False once a program could not be started, or was found to keep what changes its later attempts.
    private(set) var isUsable = true

    private let width: Int

    /// - Parameter width: so many used ones are kept.
    init(width: Int, start: @escaping @Sendable () async -> WarmProgram?) {
        self.width = width
        self.start = start
    }

    /// Begins to start that many programs, beside those that are being started.
    func prepare(_ count: Int) {
        while isUsable, starting.count < count { begin() }
    }

    private func begin() { starting.append(Task { [start] in await start() }) }

    /// A program to make an attempt in: a used one, unless it must be as it was started.
    func take(isFresh: Bool) async -> WarmProgram? {
        guard isUsable else { return nil }
        if !isFresh, !idle.isEmpty { return idle.removeLast() }
        if starting.isEmpty { begin() }
        guard let program = await starting.removeFirst().value else {
            isUsable = false
            return nil
        }
        return program
    }

    func giveBack(_ program: WarmProgram) async {
        if isUsable, idle.count < width { idle.append(program) } else { await program.end() }
    }

    /// Nothing that a used program shows can be trusted.
    func condemn() { isUsable = false }

    /// Ends all of them.
    func close() async {
        isUsable = false
        let (programs, tasks) = (idle, starting)
        (idle, starting) = ([], [])
        await withTaskGroup(of: Void.self) { group in
            for program in programs { group.addTask { await program.end() } }
            for task in tasks {
                task.cancel()
                group.addTask { await task.value?.end() }
            }
        }
    }
}
