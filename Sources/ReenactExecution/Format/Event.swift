/// One step of a recorded execution. All tasks' events stand in one order: the order in which they took place.
struct Event: Sendable, Equatable {
    /// Number of the task, in order of birth; the first is 0.
    var task: Int
    /// Nanoseconds since the recording's start.
    var time: UInt64
    var body: Body

    /// In a place of its own: events are handed about, and a call's is large.
    indirect enum Body: Sendable, Equatable {
        /// A system call, from its entry to its return, with nothing of other tasks in between.
        case call(entry: Registers, result: Int64, Effects)
        /// A system call has begun; others go on before it returns.
        case enter(entry: Registers)
        case leave(result: Int64, Effects)
        /// The task, inside fork, vfork or clone, has a child.
        case birth(Birth)
        case signal(SignalDelivery)
        /// The task was stopped between two instructions to let another go on.
        case preempt(StopPoint)
        /// The time stamp counter was read.
        case counter(at: Registers, value: UInt64)
        /// `rdrand` or `rdseed` drew a number.
        case draw(at: Registers, value: UInt64)
        /// The task is gone.
        case end(End)
        /// Fingerprint of the memory of the task's process.
        case check(UInt64)
    }
}

/// What a system call did to its program, besides its result.
struct Effects: Sendable, Equatable {
    var writes: [MemoryWrite] = []
    /// All registers afterwards, where the call changed more than rax.
    var registers: Registers? {
        get { rareRegisters.first }
        set { rareRegisters = newValue.map { [$0] } ?? [] }
    }
    var extended: [UInt8]?
    /// What was mapped, where it was a file.
    var mapping: FileMapping?
    /// The new program, after exec.
    var image: ProgramImage? {
        get { rareImage.first }
        set { rareImage = newValue.map { [$0] } ?? [] }
    }
    /// Bytes that went into a file which is also mapped as shared memory.
    var fileWrites: [FileWrite] = []
    /// The recording's own standard output (1) or error (2) was written to: a replay repeats that. 0: neither.
    var echo: UInt8 = 0
    /// The output was not known from the table: changed memory was found by comparing.
    var isGeneric = false
    /// What later events may refer to.
    var remembered = Remembered.nothing
    /// Output that stands in the recording's past already.
    var copies: [MemoryCopy] = []
    /// One or none. What is large and rare stands in a place of its own: most calls have neither.
    var rareRegisters: [Registers] = []
    var rareImage: [ProgramImage] = []
}

/// What of a call becomes part of the past that later calls' outputs are copied from (`PastBytes`).
enum Remembered: UInt8, Sendable {
    case nothing
    /// What the program handed over: as many bytes as the result from the second argument on.
    case input
    /// Output that was not in the past yet, where it is long.
    case output
}

/// Bytes that the program wrote, or read, before.
struct MemoryCopy: Sendable, Equatable {
    var address: UInt64
    var count: Int
    /// How far back from the past's end, before this event, they begin.
    var distance: UInt64
    /// Of the bytes: a replay compares.
    var check: UInt32
}

struct MemoryWrite: Sendable, Equatable {
    var address: UInt64
    var bytes: [UInt8]
}

struct FileMapping: Sendable, Equatable {
    var file: Int
    var offset: UInt64
    /// The file's length when it was mapped.
    var size: UInt64
    /// Memory that processes share: writes are seen by all.
    var isShared: Bool
}

struct FileWrite: Sendable, Equatable {
    var file: Int
    var offset: UInt64
    var bytes: [UInt8]
}

/// A process's memory right after exec.
struct ProgramImage: Sendable, Equatable {
    struct Region: Sendable, Equatable {
        var start: UInt64
        var end: UInt64
        var protection: Int32
        var file: Int?
        var offset: UInt64
        var isStack: Bool
    }

    var path: String
    var regions: [Region]
    var writes: [MemoryWrite]
    var registers: Registers
    var extended: [UInt8]
}

struct Birth: Sendable, Equatable {
    var child: Int
    /// The id the program sees.
    var tid: Int32
    var flags: UInt64
    var stack: UInt64
    /// A thread of the same process.
    var isThread: Bool
    /// The child runs in the parent's own memory.
    var sharesMemory: Bool
    /// What calls that were under way had already put into the memory that the child has a copy of.
    var writes: [MemoryWrite] = []
}

/// A place between two instructions, described so that it can be found again without counting.
struct StopPoint: Sendable, Equatable {
    var registers: Registers
    var fingerprint: UInt64
    /// Words that are likely to change: around the stack pointer, and where registers point.
    var probes: [Probe]

    struct Probe: Sendable, Equatable {
        var address: UInt64
        var value: UInt64
    }
}

struct SignalDelivery: Sendable, Equatable {
    var number: Int32
    var information: [UInt8]
    /// An instruction of the task itself raised it: a replay raises it again.
    var isFault: Bool
    /// Registers when it was delivered.
    var at: Registers
    var outcome: Outcome

    enum Outcome: Sendable, Equatable {
        case ignored
        case fatal
        /// The handler begins: registers, vector state, the frame that the kernel wrote.
        case handler(Registers, extended: [UInt8], frame: [MemoryWrite])
    }
}

struct End: Sendable, Equatable {
    /// As `waitpid` says it.
    var status: Int32
    /// The kernel's last words in shared memory: the id that joiners wait on, robust futexes.
    var writes: [MemoryWrite]
}
