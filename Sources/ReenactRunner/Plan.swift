import ReenactTimeline
import ReenactWire

/// Everything that one attempt needs, made by the host from a case and carried out by `reenact-runner` in the sandbox.
///
/// Written as JSON to a file that the sandbox shows read-only; see `docs/architecture.md`.
public struct Plan: Codable, Sendable {
    /// Comes back in `Report.hello`, so that the host knows whom it talks to.
    public var nonce: String
    public var program: Program
    public var clock: Clock
    /// Contents of the sandbox's `/etc/hosts`, beyond localhost: name to addresses.
    public var names: [String: [String]]
    /// Addresses to put on the sandbox's loopback, beyond 127.0.0.1 and ::1.
    public var addresses: [String]
    public var peers: [Peer]
    /// Which event of the case a recorded exchange is.
    public var events: [EventPlace]
    /// Files and directories that were not there when the failing code began; removed first, in a sandbox only.
    public var absent: [String]
    /// Files to put in place before the program starts.
    public var files: [File]
    public var trigger: TriggerPlan
    public var latency: Latency
    public var limits: Limits
    /// The certificate authority that the program in the sandbox trusts; nil where no recorded peer spoke TLS.
    public var authority: Authority?
    /// The directory with the hooks: `libreenact-preload.so`, `python/`, `node/`. Empty: none.
    public var hooks: String
    /// Real servers that may answer what the recording does not; empty: nothing may.
    public var engines: [Engine]
    /// What those servers hold, where it was solved or written beforehand.
    public var fixtures: [Fixture]
    /// True in a sandbox with a network name space and a root of its own: the runner then sets up the loopback device
    /// and the files in `/etc`, and gives up every capability. False leaves the machine as it is, for tests.
    public var ownsSandbox: Bool
    /// The program is started once, and rounds are read from the report descriptor until it ends.
    public var hasRounds = false
    /// Frames of the recorded failure for the hooks, which tell whether the program comes through its place; nil: nobody
    /// asks. See `docs/control-messages.md`.
    public var place: String?
    /// Locks of others that statements of the program met on its SQLite files.
    public var locks: [DatabaseLock] = []
    /// Where it is one of several services that are re-enacted together.
    public var part: Part?

    /// The program to start.
    public struct Program: Codable, Sendable {
        public var command: [String]
        public var workingDirectory: String
        /// The whole environment, hooks' variables not included.
        public var variables: [String: String]
        /// What it finds on its standard input; nil: nothing.
        public var input: Input?
        /// `NAME=value` or `NAME`: set or taken away in every process of the program, whatever its scripts do.
        public var overrides: [String] = []
        /// The process identifier that it had, and gets again where that is free; nil: any.
        public var process: Int32?
        public init(command: [String], workingDirectory: String, variables: [String: String]) {
            self.command = command
            self.workingDirectory = workingDirectory
            self.variables = variables
        }
    }

    /// Standard input of the program.
    public struct Input: Codable, Sendable, Equatable {
        public var base64: String
        /// True: a file that can be read back and forth. False: a pipe.
        public var isFile: Bool
        public init(base64: String, isFile: Bool) {
            self.base64 = base64
            self.isFile = isFile
        }
    }

    /// What the program takes for the time.
    public struct Clock: Codable, Sendable {
        /// Nanoseconds since 1970 when the program starts; nil leaves the clock alone.
        public var atStart: Int64?
        /// Nanoseconds since 1970 when the trigger is fired: the clock jumps to it.
        public var atTrigger: Int64?
        public init(atStart: Int64?, atTrigger: Int64?) {
            self.atStart = atStart
            self.atTrigger = atTrigger
        }
    }

    /// A recorded peer, to be played by a stub.
    public struct Peer: Codable, Sendable {
        /// As in `Connection.server`: `127.0.0.1:5432`, `unix:/run/x.sock`, `api.example:443` for a tunnel's end.
        public var server: String
        public var transport: Connection.Transport
        public var protocolName: String
        /// True where the stub must speak TLS on this peer.
        public var tls: Bool
        public var connections: [Connection]
        /// Base64 of what the peer answers to what nothing recorded answers: for experiments. Nil: nothing.
        public var otherwise: String?
        public init(
            server: String, transport: Connection.Transport, protocolName: String, tls: Bool, connections: [Connection]
        ) {
            self.server = server
            self.transport = transport
            self.protocolName = protocolName
            self.tls = tls
            self.connections = connections
        }
    }

    /// An exchange of the recording, by the place where its request begins, and the case's event for it.
    public struct EventPlace: Codable, Sendable {
        public var connection: Int
        public var requestOffset: Int
        public var event: Int
        public var phase: Event.Phase
        public init(connection: Int, requestOffset: Int, event: Int, phase: Event.Phase) {
            self.connection = connection
            self.requestOffset = requestOffset
            self.event = event
            self.phase = phase
        }
    }

    /// A file to put in place.
    public struct File: Codable, Sendable {
        public var path: String
        /// Where the bytes are, inside the sandbox.
        public var source: String
        /// Without it the program is still to be started, and may get on.
        public var isOptional: Bool
        public init(path: String, source: String, isOptional: Bool = false) {
            self.path = path
            self.source = source
            self.isOptional = isOptional
        }
    }

    /// How the failing code is set off.
    public struct TriggerPlan: Codable, Sendable {
        public var kind: Trigger.Kind
        /// Where the program listens: `127.0.0.1:8000`, `unix:/run/app.sock`.
        public var server: String
        /// Requests to fire in order, each after the former's answer; the last is the failing one.
        public var requests: [Request]
        /// The order that recorded answers are to be let out in, by event; a question that must have come before is its
        /// event's number below zero. Empty: as they are asked for.
        public var order: [Int] = []
        /// Events of subscriptions that must have brought what they brought before the failing request is fired.
        public var subscriptions: [Int] = []
        /// For a command of other code, which need not end: when it has gone on long enough. Nil waits for its end.
        public var patience: Patience?
        /// For an experiment: it is over once the program has come through the place and does nothing more. Nil waits.
        public var rest: Rest?
        /// Where the program's own processes listen for each other: it is not ready before they do.
        public var listeners: [String]
        /// For what does not end by itself: the exception that was the recorded failure. Nil waits for the end.
        public var exception: LastWord?
        public init(
            kind: Trigger.Kind, server: String, requests: [Request], patience: Patience? = nil,
            exception: LastWord? = nil, listeners: [String] = []
        ) {
            self.kind = kind
            self.server = server
            self.requests = requests
            self.patience = patience
            self.exception = exception
            self.listeners = listeners
        }

        /// An exception that was reported, or ended something, and how many of its type there were until the failure.
        public struct LastWord: Codable, Sendable, Equatable {
            public var type: String
            public var count: Int
            public init(type: String, count: Int) {
                self.type = type
                self.count = count
            }
        }

        /// How long a program is watched that goes on where the recorded one failed.
        public struct Patience: Codable, Sendable, Equatable {
            /// The last recorded event before the failure.
            public var event: Int?
            /// How long after that event.
            public var milliseconds: Int
            /// How long after the last recorded event that was met, where that one does not come.
            public var silentMilliseconds: Int
            public init(event: Int?, milliseconds: Int, silentMilliseconds: Int) {
                self.event = event
                self.milliseconds = milliseconds
                self.silentMilliseconds = silentMilliseconds
            }
        }

        /// When what came through the place of the failure has got over it, though it does not end.
        public struct Rest: Codable, Sendable, Equatable {
            /// How often it has to come through the place; nil where that is not known yet: then it must rest longer.
            public var passes: Int?
            public init(passes: Int?) { self.passes = passes }
        }

        /// An inbound request of the recording.
        public struct Request: Codable, Sendable {
            public var event: Int
            public var phase: Event.Phase
            /// Base64 of the raw bytes.
            public var base64: String
            /// `http`, `raw` or `message`: how the end of the answer is told.
            public var protocolName: String
            /// Base64 of the raw bytes that were answered in the recording, where known. What the live answer holds
            /// in place of a cookie or token of it takes its place in later requests.
            public var recordedAnswer: String?
            /// Fired together with the failing one, so many nanoseconds after the first of those; nil for a request
            /// that is fired by itself.
            public var offset: Int64?
            /// Of a message on an upgraded connection (`protocolName` is `message`): what the client had sent before, the
            /// upgrade first. Base64 of the raw bytes.
            public var opening: [String]?
            public init(
                event: Int, phase: Event.Phase, base64: String, protocolName: String, recordedAnswer: String? = nil,
                opening: [String]? = nil
            ) {
                self.event = event
                self.phase = phase
                self.base64 = base64
                self.protocolName = protocolName
                self.recordedAnswer = recordedAnswer
                self.opening = opening
            }
        }
    }

    /// How fast the stubs answer.
    public enum Latency: String, Codable, Sendable, CaseIterable {
        /// As recorded.
        case exact
        /// A tenth of what was recorded.
        case scaled
        /// At once, faults and silences excepted.
        case none
    }

    /// What an attempt may use.
    public struct Limits: Codable, Sendable {
        public var memoryBytes: Int
        public var processes: Int
        /// For the whole attempt.
        public var wallMilliseconds: Int
        /// Until the program must be listening.
        public var readyMilliseconds: Int
        /// From the trigger to the answer, or to the end of a command.
        public var triggerMilliseconds: Int
        public init(
            memoryBytes: Int = 4 << 30, processes: Int = 512, wallMilliseconds: Int = 120_000,
            readyMilliseconds: Int = 60_000, triggerMilliseconds: Int = 30_000
        ) {
            self.memoryBytes = memoryBytes
            self.processes = processes
            self.wallMilliseconds = wallMilliseconds
            self.readyMilliseconds = readyMilliseconds
            self.triggerMilliseconds = triggerMilliseconds
        }
    }

    /// A real server that may stand behind the stubs of its protocol.
    public struct Engine: Codable, Sendable, Equatable {
        /// Named like the protocol.
        public enum Kind: String, Codable, Sendable, CaseIterable {
            case redis
            case postgres
            case mysql
        }

        /// A numeric user.
        public struct User: Codable, Sendable, Equatable {
            public var uid: UInt32
            public var gid: UInt32
            public init(uid: UInt32, gid: UInt32) {
                self.uid = uid
                self.gid = gid
            }
        }

        public var kind: Kind
        /// `redis-server 7.0.15`.
        public var title: String
        /// Empty where there is none.
        public var executable: String
        /// Why there is none, and what would help.
        public var absence: String
        /// Its own data as a fresh server has them, inside the sandbox; empty where it needs none.
        public var data: String
        /// Whom it runs as; nil is whoever the runner is.
        public var user: User?
        public init(
            kind: Kind, title: String, executable: String = "", absence: String = "", data: String = "",
            user: User? = nil
        ) {
            self.kind = kind
            self.title = title
            self.executable = executable
            self.absence = absence
            self.data = data
            self.user = user
        }
    }

    /// The state of the real server behind one recorded peer.
    public struct Fixture: Codable, Sendable, Equatable {
        public var server: String
        public var seed: Seed
        /// The real server answers first, and the recording what it can't; false: the other way round.
        public var answersFirst: Bool
        /// Events whose recorded answers the seed is known not to give.
        public var replayed: [Int]
        public init(server: String, seed: Seed, answersFirst: Bool, replayed: [Int]) {
            self.server = server
            self.seed = seed
            self.answersFirst = answersFirst
            self.replayed = replayed
        }
    }

    /// A certificate authority, PEM.
    public struct Authority: Codable, Sendable {
        public var certificate: String
        public var privateKey: String
        /// The file, in the sandbox, that holds the certificate behind the system's own bundle.
        public var bundlePath: String
        public init(certificate: String, privateKey: String, bundlePath: String) {
            self.certificate = certificate
            self.privateKey = privateKey
            self.bundlePath = bundlePath
        }
    }

    public init(
        nonce: String, program: Program, clock: Clock, names: [String: [String]] = [:], addresses: [String] = [],
        peers: [Peer] = [], events: [EventPlace] = [], absent: [String] = [], files: [File] = [], trigger: TriggerPlan,
        latency: Latency = .none, limits: Limits = Limits(), authority: Authority? = nil, hooks: String,
        engines: [Engine] = [], fixtures: [Fixture] = [], ownsSandbox: Bool = true
    ) {
        self.nonce = nonce
        self.program = program
        self.clock = clock
        self.names = names
        self.addresses = addresses
        self.peers = peers
        self.events = events
        self.absent = absent
        self.files = files
        self.trigger = trigger
        self.latency = latency
        self.limits = limits
        self.authority = authority
        self.hooks = hooks
        self.engines = engines
        self.fixtures = fixtures
        self.ownsSandbox = ownsSandbox
    }
}
